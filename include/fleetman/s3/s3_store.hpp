#pragma once

#include <fleetman/s3/connection.hpp>
#include <fleetman/s3/transport.hpp>
#include <fleetman/storage/object_store.hpp>

#include <memory>
#include <string>

// An object store spoken to by S3's REST API: builds requests, signs them afresh at every attempt, judges the answers,
// and tries again where that helps. The network is behind `transport`, time behind `clock`.

namespace fleetman::s3 {

class request_signer;
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
    task<result<std::string>> put(std::string key, byte_source& body, std::uint64_t length) override;
    task<result<std::string>> copy(std::string from, std::string to, std::string from_etag = {}) override;
    task<result<void>> remove(std::string key) override;
    task<result<void>> remove_all(std::vector<std::string> keys) override;
    task<result<storage::list_page>> list(storage::list_query query) override;

    // Fails with conflict when the bucket exists and is not ours.
    task<result<void>> create_bucket();
    // Fails with not_found, or denied.
    task<result<void>> head_bucket();

private:
    // `what` is the caller's, which learns from it whether a write may have been done twice.
    task<result<wire_response>> exchange(operation& what, destination to);
    task<result<wire_response>> attempt_all(operation& what, destination to);
    task<result<void>> remove_batch(std::vector<std::string> keys);

    connection to_;
    std::shared_ptr<transport> wire_;
    clock& time_;
    std::unique_ptr<request_signer> signer_;
};

} // namespace fleetman::s3
