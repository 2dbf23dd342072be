#include <fleetman/core/timestamp.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <optional>

namespace fleetman {
namespace {

constexpr std::array<const char*, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> months{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::tm utc(wall_time when)
{
    const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(when));
    std::tm fields{};
    ::gmtime_r(&seconds, &fields);
    return fields;
}

int millis(wall_time when)
{
    const auto since = when - std::chrono::floor<std::chrono::seconds>(when);
    return static_cast<int>(std::chrono::duration_cast<milliseconds>(since).count());
}

template <class... Args>
std::string format(const char* pattern, Args... args)
{
    std::array<char, 64> text{};
    const int length = std::snprintf(text.data(), text.size(), pattern, args...);
    return {text.data(), static_cast<std::size_t>(length)};
}

// Reads fixed-width decimal fields off the front of a text.
class reader
{
public:
    explicit reader(std::string_view text) : rest_(text) {}

    int digits(std::size_t width)
    {
        int value = 0;
        for (std::size_t i = 0; i < width; ++i) {
            if (rest_.empty() || !std::isdigit(static_cast<unsigned char>(rest_.front()))) {
                ok_ = false;
                return 0;
            }
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }

    bool accept(char wanted)
    {
        if (rest_.empty() || rest_.front() != wanted)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    void expect(std::string_view wanted)
    {
        if (!rest_.starts_with(wanted)) {
            ok_ = false;
            return;
        }
        rest_.remove_prefix(wanted.size());
    }

    template <std::size_t N>
    int name(const std::array<const char*, N>& names)
    {
        for (std::size_t i = 0; i < N; ++i) {
            if (rest_.starts_with(names[i])) {
                rest_.remove_prefix(3);
                return static_cast<int>(i);
            }
        }
        ok_ = false;
        return 0;
    }

    std::string_view rest() const { return rest_; }
    bool ok() const { return ok_; }
    bool at_end() const { return ok_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool ok_ = true;
};

// wall_time counts nanoseconds in 64 bits, from September 1677 to April 2262; whole years inside of that.
constexpr int first_year = 1678;
constexpr int last_year = 2261;
constexpr std::int64_t latest_second = 9'183'000'000;

std::optional<wall_time> assemble(int year, int month, int day, int hour, int minute, int second)
{
    namespace chr = std::chrono;
    const chr::year_month_day date(
        chr::year(year), chr::month(static_cast<unsigned>(month)), chr::day(static_cast<unsigned>(day)));
    if (year < first_year || year > last_year || !date.ok() || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    return chr::sys_days(date) + chr::hours(hour) + chr::minutes(minute) + chr::seconds(second);
}

error unreadable(std::string_view what, std::string_view text)
{
    return error(errc::invalid, "not " + std::string(what) + ": \"" + std::string(text.substr(0, 64)) + '"');
}

} // namespace

std::int64_t unix_seconds(wall_time when)
{
    return std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
}

wall_time from_unix_seconds(std::int64_t seconds)
{
    return wall_time(std::chrono::seconds(std::clamp(seconds, -latest_second, latest_second)));
}

std::string rfc3339(wall_time when)
{
    const std::tm t = utc(when);
    return format("%04d-%02d-%02dT%02d:%02d:%02d+00:00", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min,
        t.tm_sec);
}

std::string rfc3339_millis(wall_time when)
{
    const std::tm t = utc(when);
    return format("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min,
        t.tm_sec, millis(when));
}

result<wall_time> parse_rfc3339(std::string_view text)
{
    reader in(text);
    const int year = in.digits(4);
    in.expect("-");
    const int month = in.digits(2);
    in.expect("-");
    const int day = in.digits(2);
    if (!in.accept('T') && !in.accept('t'))
        in.expect(" ");
    const int hour = in.digits(2);
    in.expect(":");
    const int minute = in.digits(2);
    in.expect(":");
    const int second = in.digits(2);

    std::chrono::microseconds fraction(0);
    if (in.ok() && in.accept('.')) {
        int scale = 100000;
        while (!in.rest().empty() && std::isdigit(static_cast<unsigned char>(in.rest().front()))) {
            fraction += std::chrono::microseconds(in.digits(1) * scale);
            scale /= 10;
        }
    }

    std::chrono::minutes offset(0);
    if (!in.accept('Z') && !in.accept('z')) {
        const bool west = in.accept('-');
        if (!west)
            in.expect("+");
        const int hours = in.digits(2);
        in.expect(":");
        offset = std::chrono::minutes(hours * 60 + in.digits(2));
        if (west)
            offset = -offset;
    }

    const std::optional<wall_time> when = assemble(year, month, day, hour, minute, second);
    if (!in.at_end() || !when)
        return unreadable("an RFC 3339 time", text);
    return *when + fraction - offset;
}

std::string http_date(wall_time when)
{
    const std::tm t = utc(when);
    return format("%s, %02d %s %04d %02d:%02d:%02d GMT", weekdays.at(static_cast<std::size_t>(t.tm_wday)), t.tm_mday,
        months.at(static_cast<std::size_t>(t.tm_mon)), t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

result<wall_time> parse_http_date(std::string_view text)
{
    reader in(text);
    in.name(weekdays);
    in.expect(", ");
    const int day = in.digits(2);
    in.expect(" ");
    const int month = in.name(months) + 1;
    in.expect(" ");
    const int year = in.digits(4);
    in.expect(" ");
    const int hour = in.digits(2);
    in.expect(":");
    const int minute = in.digits(2);
    in.expect(":");
    const int second = in.digits(2);
    in.expect(" GMT");

    const std::optional<wall_time> when = assemble(year, month, day, hour, minute, second);
    if (!in.at_end() || !when)
        return unreadable("an HTTP date", text);
    return *when;
}

std::string sigv4_timestamp(wall_time when)
{
    const std::tm t = utc(when);
    return format(
        "%04d%02d%02dT%02d%02d%02dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

result<wall_time> parse_sigv4_timestamp(std::string_view text)
{
    reader in(text);
    const int year = in.digits(4);
    const int month = in.digits(2);
    const int day = in.digits(2);
    in.expect("T");
    const int hour = in.digits(2);
    const int minute = in.digits(2);
    const int second = in.digits(2);
    in.expect("Z");

    const std::optional<wall_time> when = assemble(year, month, day, hour, minute, second);
    if (!in.at_end() || !when)
        return unreadable("a SigV4 timestamp", text);
    return *when;
}

std::string local_stamp(wall_time when)
{
    const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(when));
    std::tm t{};
    ::localtime_r(&seconds, &t);
    return format("%04d%02d%02d-%02d%02d%02d-%03d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min,
        t.tm_sec, millis(when));
}

result<wall_time> parse_local_stamp(std::string_view text)
{
    reader in(text);
    const int year = in.digits(4);
    const int month = in.digits(2);
    const int day = in.digits(2);
    in.expect("-");
    const int hour = in.digits(2);
    const int minute = in.digits(2);
    const int second = in.digits(2);
    in.expect("-");
    const int thousandths = in.digits(3);
    if (!in.at_end() || !assemble(year, month, day, hour, minute, second))
        return unreadable("a stamp", text);
    std::tm local{};
    local.tm_year = year - 1900;
    local.tm_mon = month - 1;
    local.tm_mday = day;
    local.tm_hour = hour;
    local.tm_min = minute;
    local.tm_sec = second;
    local.tm_isdst = -1; // as the time zone has it on that day
    return from_unix_seconds(::mktime(&local)) + milliseconds(thousandths);
}

} // namespace fleetman
