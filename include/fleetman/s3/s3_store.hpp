#pragma once

#include <fleetman/s3/connection.hpp>
#include <fleetman/s3/transport.hpp>
#include <fleetman/storage/conditions.hpp>
#include <fleetman/storage/object_store.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

// An object store spoken to by S3's REST API: builds requests, signs them afresh at every attempt, judges the answers,
// and tries again where that helps. The network is behind `transport`, time behind `clock`.

namespace fleetman::s3 {

class session;
struct operation;

class s3_store final : public storage::object_store
{
public:
    s3_store(connection to, std::shared_ptr<transport> wire, clock& time);
    ~s3_store() override;

    task<result<storage::object>> get(std::string key, std::uint64_t max_bytes) override;
    task<result<std::variant<storage::object, storage::not_modified>>> get_if_changed(
        std::string key, std::string etag, std::uint64_t max_bytes) override;
    task<result<storage::object_info>> get(std::string key, byte_sink& to) override;
    task<result<storage::object_info>> get_rest(
        std::string key, std::string etag, std::uint64_t first, byte_sink& to) override;
    task<result<storage::object_info>> get_part(
        std::string key, std::string etag, std::uint64_t first, std::uint64_t length, byte_sink& to) override;
    task<result<storage::object_info>> head(std::string key) override;
    task<result<std::string>> put(std::string key, std::string body, storage::put_condition when) override;
    // In parts when `length` is above the connection's put_whole_up_to: several at a time, each tried again for itself;
    // what was uploaded is dropped when one fails for good, the source does, or the caller is cancelled.
    task<result<std::string>> put(std::string key, byte_source& body, std::uint64_t length) override;
    task<result<std::string>> copy(std::string from, std::string to, std::string from_etag = {}) override;
    task<result<void>> remove(std::string key) override;
    task<result<void>> remove_all(std::vector<std::string> keys) override;
    task<result<storage::list_page>> list(storage::list_query query) override;

    // Streams a large object of which ETag and size are known, as from a listing, into `to`: several ranges at a time,
    // pinned to that ETag, tried again each for itself and handed on in order. Fails with conflict when the object is
    // another by now, and otherwise as get() does.
    task<result<storage::object_info>> get_in_ranges(storage::object_info of, byte_sink& to);

    // Streams a body to its end, wherever that is; 10,000 parts of put_part_bytes at most.
    task<result<std::string>> put_stream(std::string key, byte_source& body);

    // As copy(), from another bucket of the same endpoint and account.
    task<result<std::string>> copy_from(
        std::string bucket, std::string from, std::string to, std::string from_etag = {});

    // In parts of copy_part_bytes, as a source over 5 GiB must be: copy() does it where the store asks for it.
    task<result<std::string>> copy_in_parts(
        std::string bucket, std::string from, std::string to, std::string from_etag = {});

    // A URL by which whoever has it may GET (or PUT, or HEAD) the key until `lifetime` is over: a week at most. Fails
    // with invalid. It is as good as a credential: not for logs.
    task<result<std::string>> presigned_url(std::string method, std::string key, std::chrono::seconds lifetime);

    // What this store does with conditions, tried out once and then remembered (storage/conditions.hpp). `scratch`:
    // where objects may be put for it.
    task<result<storage::conditions>> conditions(std::string scratch);

    // Fails with conflict when the bucket exists and is not ours.
    task<result<void>> create_bucket();
    // Fails with not_found, or denied.
    task<result<void>> head_bucket();

private:
    task<result<void>> remove_batch(std::vector<std::string> keys);

    std::unique_ptr<session> session_;
    std::optional<storage::conditions> conditions_;
};

} // namespace fleetman::s3
