#pragma once

#include <filesystem>
#include <memory>
#include <string>

// Certificates made on the spot, so that no key lies in the repository and none expires there.

namespace fleetman::testing {

// An authority of our own, and what it issues. PEM throughout.
class certificate_authority
{
public:
    explicit certificate_authority(const std::string& name = "Test authority");
    ~certificate_authority();
    certificate_authority(const certificate_authority&) = delete;
    certificate_authority& operator=(const certificate_authority&) = delete;

    const std::string& certificate() const { return certificate_; }

    struct identity
    {
        std::string certificate;
        std::string key;
    };
    // `subject_alternative` as OpenSSL writes it: "DNS:localhost" or "IP:127.0.0.1". Valid from a day ago until
    // `valid_for_seconds` from now, which may be negative.
    identity issue(const std::string& subject_alternative, long valid_for_seconds = 3600) const;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
    std::string certificate_;
};

} // namespace fleetman::testing
