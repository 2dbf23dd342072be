#pragma once

#include "operation.hpp"

#include <fleetman/s3/connection.hpp>
#include <fleetman/s3/transport.hpp>
#include <fleetman/sigv4/signature.hpp>

#include <optional>
#include <string>

// Turns an operation into the bytes that are sent: addressed, encoded once, and signed for this moment.

namespace fleetman::s3 {

class request_signer
{
public:
    explicit request_signer(const connection& to) : to_(to) {}

    // `operation.source` is not read here; its payload is left unsigned.
    wire_request sign(const operation& what, wall_time now);

private:
    std::string host() const;
    std::string path(const std::string& key) const;
    const sha256_digest& key_for(const sigv4::scope& scope);

    const connection& to_;
    std::optional<sigv4::scope> cached_scope_;
    sha256_digest cached_key_{};
};

} // namespace fleetman::s3
