#pragma once

#include <string>
#include <utility>

// Keeps credentials out of logs, messages and JSON by having no way to print itself.

namespace fleetman {

class secret
{
public:
    secret() = default;
    explicit secret(std::string value) : value_(std::move(value)) {}

    // The only way to the text; call it where it is used, and keep no copy.
    const std::string& reveal() const noexcept { return value_; }
    bool empty() const noexcept { return value_.empty(); }
    bool operator==(const secret&) const = default;

private:
    std::string value_;
};

} // namespace fleetman
