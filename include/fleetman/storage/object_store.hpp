#pragma once

#include <fleetman/core/bytes.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// The seam between Fleetman and object storage. Code above this header speaks of keys and bytes; only s3/ knows
// about HTTP, XML and signatures. Tests run the same services on testing::memory_store.
//
// One object_store is one bucket of one endpoint with one set of credentials. Keys are whole (the prefix of a
// bucket connection is added by bucket/keys). Every operation retries and has a deadline of its own, as configured
// for the connection; each failure's message names the operation and the key.

namespace fleetman::storage {

// What must be true of a key for a put to take effect (S3 API reference, "Conditional writes").
class put_condition
{
public:
    static put_condition always() { return put_condition({}, false); }
    static put_condition absent() { return put_condition({}, true); }
    static put_condition unchanged_since(std::string etag) { return put_condition(std::move(etag), false); }

    bool must_be_absent() const noexcept { return absent_; }
    const std::string& etag() const noexcept { return etag_; } // empty: no condition on it

private:
    put_condition(std::string etag, bool absent) : etag_(std::move(etag)), absent_(absent) {}

    std::string etag_;
    bool absent_;
};

// ETags are kept without their quotes everywhere above s3/.
struct object_info
{
    std::string key;
    std::string etag;
    std::uint64_t size{};
    wall_time last_modified{};

    bool operator==(const object_info&) const = default;
};

struct object
{
    object_info info;
    std::string body;
};

// The ETag given still holds; no body came. A value, not an error (RFC 9110 section 15.4.5).
struct not_modified
{};

// One page of a listing: ListObjectsV2's parameters.
struct list_query
{
    std::string prefix;
    std::string delimiter;    // "/" groups what lies deeper into common_prefixes
    std::string start_after;  // keys after this one only
    std::string continuation; // from the page before
    std::size_t max_keys = 1000;
};

struct list_page
{
    std::vector<object_info> objects; // in the order of their keys' UTF-8 bytes
    std::vector<std::string> common_prefixes;
    std::string continuation; // empty at the end
};

class object_store
{
public:
    virtual ~object_store() = default;

    // Reads a whole object into memory. Fails with not_found, or too_large past `max_bytes` (nothing is kept then).
    virtual task<result<object>> get(std::string key, std::uint64_t max_bytes) = 0;

    // The same, unless the object still has this ETag.
    virtual task<result<std::variant<object, not_modified>>> get_if_changed(
        std::string key, std::string etag, std::uint64_t max_bytes) = 0;

    // Streams an object into `to`. When the store's ETag is an MD5 the bytes are checked against it, and
    // a mismatch is a failure: what `to` got must not be used then. Not retried once `to` has been written to.
    virtual task<result<object_info>> get(std::string key, byte_sink& to) = 0;

    // Streams the rest of an object, from byte `first` on, into `to`: how a stream that was cut goes on. `first` is
    // less than the object's size, which `info.size` tells. Fails with conflict, and nothing is written, when the
    // object has another ETag by now; with unsupported when the store cannot begin in the middle. Not retried once `to`
    // has been written to. The bytes cannot be checked against the ETag, which is of the whole.
    virtual task<result<object_info>> get_rest(
        std::string key, std::string etag, std::uint64_t first, byte_sink& to) = 0;

    // The same for a part: `length` bytes (1 or more) from byte `first` on, all of them inside the object.
    virtual task<result<object_info>> get_part(
        std::string key, std::string etag, std::uint64_t first, std::uint64_t length, byte_sink& to) = 0;

    // Fails with not_found.
    virtual task<result<object_info>> head(std::string key) = 0;

    // Writes a whole object and returns its new ETag. Fails with conflict if the condition does not hold, with
    // unsupported if the store refuses conditions; nothing is written then.
    virtual task<result<std::string>> put(
        std::string key, std::string body, put_condition when = put_condition::always()) = 0;

    // Streams exactly `length` bytes from `body`; the object appears whole or not at all. Not retried.
    virtual task<result<std::string>> put(std::string key, byte_source& body, std::uint64_t length) = 0;

    // Copies within the bucket, on the server's side. Returns the new ETag. Fails with not_found, and with conflict
    // when `from` has another ETag than the one given; a store that knows no conditions on copies copies all the same,
    // so that whoever must know compares ETags afterwards (x-amz-copy-source-if-match).
    virtual task<result<std::string>> copy(std::string from, std::string to, std::string from_etag = {}) = 0;

    // Removing an absent key succeeds, as it does in S3.
    virtual task<result<void>> remove(std::string key) = 0;

    // Removes any number of keys, in as few requests as the store allows; an error names the first that failed.
    virtual task<result<void>> remove_all(std::vector<std::string> keys) = 0;

    virtual task<result<list_page>> list(list_query query) = 0;
};

// Every object under a prefix, through all continuations. Fails with too_large past `max_objects`.
task<result<std::vector<object_info>>> list_all(
    object_store& store, std::string prefix, std::size_t max_objects = 1'000'000);

// The names directly under `prefix` ("a/" holds "a/b/c": one of them is "a/b/"), through all continuations.
task<result<std::vector<std::string>>> list_folders(object_store& store, std::string prefix);

} // namespace fleetman::storage
