#include <fleetman/core/bcrypt.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/text.hpp>

#include <crypt.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

namespace fleetman::bcrypt {

namespace {

// "$2b$12$", 22 characters of salt, 31 of hash.
constexpr std::size_t prefix_length = 7;
constexpr std::size_t whole_length = 60;

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_bcrypt_character(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '/';
}

error bad_cost(unsigned cost)
{
    return {errc::invalid, "the cost of a bcrypt hash must be " + std::to_string(least_cost) + " to " +
                               std::to_string(greatest_cost) + ", found " + std::to_string(cost)};
}

std::string setting_prefix(unsigned cost)
{
    return std::string(cost < 10 ? "$2b$0" : "$2b$") + std::to_string(cost) + '$';
}

} // namespace

result<unsigned> cost_of(std::string_view hash)
{
    const bool framed = hash.size() == whole_length && hash.starts_with("$2") &&
                        std::string_view("abxy").find(hash[2]) != std::string_view::npos && hash[3] == '$' &&
                        is_digit(hash[4]) && is_digit(hash[5]) && hash[6] == '$';
    if (!framed || !std::all_of(hash.begin() + prefix_length, hash.end(), is_bcrypt_character))
        return error(errc::invalid, "is not a whole bcrypt hash, which has 60 characters and begins with $2b$");
    const auto cost = static_cast<unsigned>((hash[4] - '0') * 10 + (hash[5] - '0'));
    if (cost < least_cost || cost > greatest_cost)
        return bad_cost(cost);
    return cost;
}

result<void> check_usable(const secret& password)
{
    if (password.reveal().size() > longest_password)
        return error(errc::invalid, "a password has at most 72 bytes: bcrypt would ignore what comes after them");
    if (password.reveal().find('\0') != std::string::npos)
        return error(errc::invalid, "a password has no NUL byte: bcrypt would ignore what comes after it");
    return {};
}

result<void> check_new(const secret& password)
{
    if (password.reveal().size() < shortest_password)
        return error(errc::invalid, "a password has at least 8 characters");
    if (!is_utf8(password.reveal()))
        return error(errc::invalid, "a password is text in UTF-8");
    return check_usable(password);
}

result<secret> hash(const secret& password, unsigned cost)
{
    if (const result<void> usable = check_usable(password); !usable)
        return usable.error();
    if (cost < least_cost || cost > greatest_cost)
        return bad_cost(cost);
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
    // Without bytes of ours libxcrypt takes the salt from the system (crypt_gensalt(3)).
    if (::crypt_gensalt_rn("$2b$", cost, nullptr, 0, setting.data(), static_cast<int>(setting.size())) == nullptr)
        return error(errc::failed, "the system gave no random salt");
    const auto data = std::make_unique<crypt_data>();
    const char* const made = ::crypt_r(password.reveal().c_str(), setting.data(), data.get());
    if (made == nullptr || !cost_of(made))
        return error(errc::failed, "the system cannot make bcrypt hashes");
    return secret(made);
}

bool matches(const secret& password, const secret& hash)
{
    if (!check_usable(password) || !cost_of(hash.reveal()))
        return false;
    const auto data = std::make_unique<crypt_data>(); // 32 KiB
    const char* const made = ::crypt_r(password.reveal().c_str(), hash.reveal().c_str(), data.get());
    return made != nullptr && equal_constant_time(made, hash.reveal());
}

secret decoy(unsigned cost)
{
    // A well-formed salt, and a digest that no one has found a password for: all zero bits.
    return secret(
        setting_prefix(std::clamp(cost, least_cost, greatest_cost)) + std::string(whole_length - prefix_length, '.'));
}

} // namespace fleetman::bcrypt
