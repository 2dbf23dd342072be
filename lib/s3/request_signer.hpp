#pragma once

#include "operation.hpp"

#include <fleetman/s3/connection.hpp>
#include <fleetman/s3/transport.hpp>
#include <fleetman/sigv4/signature.hpp>

#include <chrono>
#include <optional>
#include <string>

// Turns an operation into the bytes that are sent: addressed, encoded once, and signed for this moment.

namespace fleetman::s3 {

class request_signer
{
public:
    explicit request_signer(const connection& to) : to_(to), region_(to.region) {}

    // `operation.source` is not read here; its payload is left unsigned.
    wire_request sign(const operation& what, const credentials& by, wall_time now);

    // The same as a URL whose query is signed instead (Amazon S3 API reference, "Authenticating Requests: Using Query
    // Parameters").
    std::string presign(const std::string& method, const std::string& key, const credentials& by, wall_time now,
        std::chrono::seconds lifetime);

    const std::string& region() const { return region_; }
    void set_region(std::string region) { region_ = std::move(region); }

private:
    std::string host(const std::string& bucket) const;
    std::string path(const std::string& bucket, const std::string& key) const;
    const sha256_digest& key_for(const sigv4::scope& scope, const secret& secret_key);

    const connection& to_;
    std::string region_;
    std::optional<sigv4::scope> cached_scope_;
    secret cached_secret_;
    sha256_digest cached_key_{};
};

} // namespace fleetman::s3
