#include "skew.hpp"
#include "xml.hpp"

#include <fleetman/core/timestamp.hpp>

#include <algorithm>
#include <array>
#include <chrono>

namespace fleetman::s3 {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds tolerated = 5min;

template <std::size_t N>
bool is_one_of(std::string_view code, const std::array<std::string_view, N>& known)
{
    return std::find(known.begin(), known.end(), code) != known.end();
}

// "eu-west-1": it becomes a part of a header, and of what is signed.
bool is_region(std::string_view text)
{
    constexpr std::size_t longest = 64;
    return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

} // namespace

bool tells_region(unsigned status, std::string_view code)
{
    static constexpr std::array<std::string_view, 5> known{"AuthorizationHeaderMalformed",
        "AuthorizationQueryParametersError", "PermanentRedirect", "TemporaryRedirect",
        "IllegalLocationConstraintException"};
    return is_one_of(code, known) || (code.empty() && (status == 301 || status == 307 || status == 400));
}

std::optional<std::string> region_told(const wire_response& answer)
{
    std::string told = answer.header("x-amz-bucket-region");
    if (told.empty())
        told = parse_error_region(answer.body);
    return is_region(told) ? std::optional(told) : std::nullopt;
}

bool tells_skew(unsigned status, std::string_view code, bool head)
{
    static constexpr std::array<std::string_view, 2> known{"RequestTimeTooSkewed", "RequestExpired"};
    return is_one_of(code, known) || (head && status == 403 && code.empty());
}

std::optional<milliseconds> clock_offset(const wire_response& answer, wall_time now)
{
    const result<wall_time> theirs = parse_http_date(answer.header("Date"));
    if (!theirs)
        return std::nullopt;
    const auto offset = std::chrono::duration_cast<milliseconds>(*theirs - now);
    return is_another_time(offset, 0ms) ? offset : 0ms;
}

bool is_another_time(milliseconds offset, milliseconds other)
{
    return std::chrono::abs(offset - other) >= tolerated;
}

bool tells_credentials(unsigned status, std::string_view code)
{
    static constexpr std::array<std::string_view, 6> known{"ExpiredToken", "ExpiredTokenException",
        "TokenRefreshRequired", "InvalidToken", "InvalidAccessKeyId", "SignatureDoesNotMatch"};
    return is_one_of(code, known) || (code.empty() && (status == 403 || status == 401));
}

} // namespace fleetman::s3
