#pragma once

#include <fleetman/storage/object_store.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

// An object store in a map, for tests of what is above the seam. Behaves as S3 does (strong consistency, MD5 ETags,
// all conditions enforced); the contract suite holds it to the same cases as real servers.

namespace fleetman::testing {

class memory_store : public storage::object_store
{
public:
    explicit memory_store(clock& time) : time_(time) {}

    // Called before each operation with its name and key; an error returned is the operation's answer.
    std::function<result<void>(const std::string& operation, const std::string& key)> before;

    // "put a/b", in order: what tests assert about the order of writes.
    std::vector<std::string> history;

    std::vector<std::string> keys() const;
    bool contains(const std::string& key) const { return objects_.contains(key); }
    const std::string& body(const std::string& key) const { return objects_.at(key).body; }

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
    task<result<std::string>> put(std::string key, byte_source& body, std::uint64_t length) override;
    task<result<std::string>> copy(std::string from, std::string to, std::string from_etag = {}) override;
    task<result<void>> remove(std::string key) override;
    task<result<void>> remove_all(std::vector<std::string> keys) override;
    task<result<storage::list_page>> list(storage::list_query query) override;

private:
    result<void> begin(const std::string& operation, const std::string& key);
    std::string store(const std::string& key, std::string body);

    clock& time_;
    std::map<std::string, storage::object> objects_;
};

} // namespace fleetman::testing
