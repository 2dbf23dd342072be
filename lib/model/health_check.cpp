#include "health_fields.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/model/health_check.hpp>

#include <algorithm>

namespace fleetman::model {
namespace json = boost::json;
namespace {

constexpr std::size_t longest_text = 2048; // of a URL, an address, a wanted text, an argument
constexpr std::size_t most_arguments = 64;
constexpr std::int64_t shortest_ms = 100;
constexpr std::int64_t longest_try_ms = 60'000;
constexpr std::int64_t longest_deadline_ms = 900'000;
constexpr std::int64_t most_successes = 100;
constexpr std::int64_t least_status = 100;
constexpr std::int64_t most_status = 599;

bool is_host(std::string_view host)
{
    constexpr std::size_t longest_name = 253; // RFC 1035 section 2.3.4, as text
    return !host.empty() && host.size() <= longest_name && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._").find(c) != std::string_view::npos;
    });
}

bool is_ipv6(std::string_view text)
{
    return text.find(':') != std::string_view::npos &&
           text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

// HOST, HOST:PORT or [IPV6]:PORT; the port may be left out when there is a default.
std::optional<check_target> authority(std::string_view text, std::optional<std::uint16_t> default_port)
{
    std::string_view host = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1)))
            return std::nullopt;
        host = text.substr(1, close - 1);
        port = text.substr(close + 1);
    } else {
        const std::size_t colon = std::min(text.find(':'), text.size());
        host = text.substr(0, colon);
        port = text.substr(colon);
        if (!is_host(host))
            return std::nullopt;
    }
    if (port.empty() && default_port)
        return check_target{.host = std::string(host), .port = *default_port};
    const auto number = port.starts_with(':') ? parse_integer<std::uint16_t>(port.substr(1)) : std::nullopt;
    if (!number || *number == 0)
        return std::nullopt;
    return check_target{.host = std::string(host), .port = *number};
}

bool fits_in_request(std::string_view path)
{
    return std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
}

result<void> check_text(std::string_view text)
{
    if (text.size() > longest_text)
        return error(errc::invalid, "must have at most " + std::to_string(longest_text) + " bytes");
    if (has_control_character(text) || !is_utf8(text))
        return error(errc::invalid, "must be text without control characters");
    return result<void>();
}

// The field's text when it is there and sane.
std::optional<std::string> sane_text(json_fields& fields, std::string_view key, need how)
{
    std::optional<std::string> found = fields.text(key, how);
    if (!found)
        return std::nullopt;
    if (const result<void> sane = check_text(*found); !sane) {
        fields.fail(key, sane.error().message());
        return std::nullopt;
    }
    return found;
}

http_check read_http(json_fields& fields)
{
    http_check read;
    if (std::optional<std::string> url = sane_text(fields, "url", need::required)) {
        if (const auto target = parse_check_url(*url); !target)
            fields.fail("url", target.error().message());
        read.url = *std::move(url);
    }
    if (const auto status = fields.integer("status", least_status, most_status, need::optional))
        read.status = static_cast<std::uint16_t>(*status);
    read.body_contains = sane_text(fields, "body_contains", need::optional).value_or("");
    return read;
}

tcp_check read_tcp(json_fields& fields)
{
    tcp_check read;
    if (std::optional<std::string> address = sane_text(fields, "address", need::required)) {
        if (const auto target = parse_check_address(*address); !target)
            fields.fail("address", target.error().message());
        read.address = *std::move(address);
    }
    return read;
}

exec_check read_exec(json_fields& fields)
{
    exec_check read;
    read.command = fields.texts("command", need::required).value_or(std::vector<std::string>{"-"});
    if (read.command.empty() || read.command.size() > most_arguments)
        fields.fail("command", "must have 1 to " + std::to_string(most_arguments) + " parts, the program first");
    for (const std::string& part : read.command)
        if (const result<void> sane = check_text(part); !sane)
            fields.fail("command", "each part " + sane.error().message());
    // It is run through env(1), which takes the one for a variable and the other for an option.
    if (!read.command.empty() && (read.command[0].empty() || read.command[0].find('=') != std::string::npos))
        fields.fail("command", "must begin with a program, whose name has no \"=\"");
    return read;
}

std::optional<milliseconds> read_duration(json_fields& fields, std::string_view key, std::int64_t most)
{
    const std::optional<std::int64_t> found = fields.integer(key, shortest_ms, most, need::optional);
    return found ? std::optional(milliseconds(*found)) : std::nullopt;
}

health_check read_check(const json::value& value, std::string path, std::vector<field_error>& violations)
{
    json_fields fields(value, std::move(path), violations);
    health_check read;
    const std::string type = value.is_object() ? fields.text("type", need::required).value_or("") : "";
    if (type == "http")
        read.probe = read_http(fields);
    else if (type == "tcp")
        read.probe = read_tcp(fields);
    else if (type == "exec")
        read.probe = read_exec(fields);
    else if (!type.empty())
        fields.fail("type", "must be http, tcp or exec; found " + in_quotes(type));
    read.interval = read_duration(fields, "interval_ms", longest_try_ms).value_or(read.interval);
    read.timeout = read_duration(fields, "timeout_ms", longest_try_ms).value_or(read.timeout);
    read.deadline = read_duration(fields, "deadline_ms", longest_deadline_ms).value_or(read.deadline);
    if (const auto count = fields.integer("successes", 1, most_successes, need::optional))
        read.successes = static_cast<std::uint32_t>(*count);
    if (read.interval * (read.successes - 1) > read.deadline)
        fields.fail("deadline_ms", "leaves no time for " + std::to_string(read.successes) + " successes");
    return read;
}

struct writer
{
    json::object& into;

    void operator()(const http_check& probe) const
    {
        into = {{"type", "http"}, {"url", probe.url}};
        if (probe.status)
            into.emplace("status", std::int64_t{*probe.status});
        if (!probe.body_contains.empty())
            into.emplace("body_contains", probe.body_contains);
    }
    void operator()(const tcp_check& probe) const { into = {{"type", "tcp"}, {"address", probe.address}}; }
    void operator()(const exec_check& probe) const
    {
        into = {{"type", "exec"}, {"command", json::array(probe.command.begin(), probe.command.end())}};
    }
};

struct namer
{
    std::string operator()(const http_check& probe) const { return "http " + probe.url; }
    std::string operator()(const tcp_check& probe) const { return "tcp " + probe.address; }
    std::string operator()(const exec_check& probe) const
    {
        std::string line = "exec";
        for (const std::string& part : probe.command)
            line.append(" ").append(part);
        return line;
    }
};

} // namespace

result<check_target> parse_check_url(std::string_view url)
{
    const std::size_t scheme_end = std::min(url.find("://"), url.size());
    const std::string scheme = lower_case(url.substr(0, scheme_end));
    if (scheme_end == url.size() || (scheme != "http" && scheme != "https"))
        return error(errc::invalid, "must be a URL with http:// or https://; found " + in_quotes(url));
    const bool tls = scheme == "https";
    const std::string_view rest = url.substr(scheme_end + 3);
    const std::size_t host_end = std::min(rest.find_first_of("/?"), rest.size());
    std::optional<check_target> target =
        authority(rest.substr(0, host_end), static_cast<std::uint16_t>(tls ? 443 : 80));
    std::string path(rest.substr(host_end));
    if (!target || !fits_in_request(path))
        return error(
            errc::invalid, "must be a URL with a host, and without blanks, user and fragment; found " + in_quotes(url));
    target->tls = tls;
    target->path = path.starts_with('/') ? path : '/' + path;
    return *std::move(target);
}

result<check_target> parse_check_address(std::string_view address)
{
    std::optional<check_target> target = authority(address, std::nullopt);
    if (!target)
        return error(errc::invalid, "must be HOST:PORT, as 127.0.0.1:5432 or [::1]:5432; found " + in_quotes(address));
    return *std::move(target);
}

std::string health_check::str() const
{
    return std::visit(namer{}, probe);
}

std::vector<health_check> read_health(json_fields& fields, std::vector<field_error>& violations)
{
    std::vector<health_check> checks;
    const json::array* const found = fields.array("health", need::optional);
    if (!found)
        return checks;
    if (found->size() > most_health_checks) {
        fields.fail("health", "must have at most " + std::to_string(most_health_checks) + " checks");
        return checks;
    }
    for (std::size_t i = 0; i < found->size(); ++i)
        checks.push_back(read_check((*found)[i], fields.path("health", i), violations));
    return checks;
}

json::array to_json(const std::vector<health_check>& checks)
{
    json::array all;
    for (const health_check& check : checks) {
        json::object one;
        std::visit(writer{one}, check.probe);
        one.emplace("interval_ms", std::int64_t{check.interval.count()});
        one.emplace("timeout_ms", std::int64_t{check.timeout.count()});
        one.emplace("deadline_ms", std::int64_t{check.deadline.count()});
        one.emplace("successes", std::int64_t{check.successes});
        all.push_back(std::move(one));
    }
    return all;
}

} // namespace fleetman::model
