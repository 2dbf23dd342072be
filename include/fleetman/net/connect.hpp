#pragma once

#include <fleetman/net/byte_stream.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

// Client connections: names resolved, every address tried in turn, TLS verified, all within one deadline.

namespace fleetman::net {

struct address
{
    std::string host; // a name, an IPv4 or an IPv6 address without brackets
    std::uint16_t port{};

    bool operator==(const address&) const = default;
};

// Trust for TLS clients, loaded once and shared: the system's CA store (0.9 MB resident), or one file.
class tls_trust
{
public:
    static result<std::shared_ptr<const tls_trust>> system();
    static result<std::shared_ptr<const tls_trust>> from_file(const std::filesystem::path& pem);

    // Trusts any certificate, and none is asked for its name: for a question to which the answer is no secret, such as
    // whether a service of this host answers at all. Nothing secret may be sent.
    static std::shared_ptr<const tls_trust> unverified();

    struct impl;
    explicit tls_trust(std::unique_ptr<impl> loaded);
    ~tls_trust();
    impl& get() const { return *impl_; }

private:
    std::unique_ptr<impl> impl_;
};

// Fails with unavailable (refused, unreachable, no such name, deadline) or denied (certificate not trusted, wrong
// name, expired); the message names the address.
task<result<std::unique_ptr<byte_stream>>> connect(address to, std::chrono::milliseconds limit);
// To a listening unix socket: `path` is its file. Fails with invalid for a path that no socket can have.
task<result<std::unique_ptr<byte_stream>>> connect_unix(std::string path, std::chrono::milliseconds limit);
task<result<std::unique_ptr<byte_stream>>> connect_tls(
    address to, std::shared_ptr<const tls_trust> trust, std::chrono::milliseconds limit);

} // namespace fleetman::net
