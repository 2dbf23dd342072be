#include "controller_sections.hpp"

#include <fleetman/config/loopback.hpp>
#include <fleetman/core/text.hpp>

#include <limits>

namespace fleetman::config {
namespace {

constexpr std::int64_t largest_port = std::numeric_limits<std::uint16_t>::max();
constexpr std::int64_t largest_upload = std::int64_t{5} << 40; // S3's own limit of an object, 5 TiB

// "alice:$2b$12$…" or, with a role, "alice:$2b$12$…:viewer".
result<console_user> parse_user(std::string_view text)
{
    const std::vector<std::string> parts = split(text, ':');
    const bool whole = (parts.size() == 2 || parts.size() == 3) && !parts[0].empty() && parts[1].substr(0, 2) == "$2";
    if (!whole)
        return error(errc::invalid, "must be NAME:BCRYPT-HASH or NAME:BCRYPT-HASH:ROLE");
    user_role role = user_role::admin;
    if (parts.size() == 3) {
        if (parts[2] == "viewer")
            role = user_role::viewer;
        else if (parts[2] == "operator")
            role = user_role::operate;
        else if (parts[2] != "admin")
            return error(errc::invalid, "has a role that is not viewer, operator or admin: " + in_quotes(parts[2]));
    }
    return console_user{parts[0], secret(parts[1]), role};
}

void read_auth(const yaml_node& section, web_console& into, report& found)
{
    yaml_fields fields(section, "web_console.auth", found);
    const std::string mode = fields.text("mode", need::optional).value_or("none");
    into.form_login = mode == "form";
    if (!into.form_login && mode != "none")
        found.warning(section.line, fields.path("mode"), "is not form, so there is no login; found " + in_quotes(mode));
    if (into.form_login)
        found.warning(
            section.line, fields.path("mode"), "is form, which this version cannot do yet: it will not serve");
    const auto users = fields.texts("users", need::optional).value_or(std::vector<std::string>());
    for (std::size_t i = 0; i < users.size(); ++i) {
        result<console_user> user = parse_user(users[i]);
        if (user)
            into.users.push_back(*std::move(user));
        else
            found.warning(section.line, fields.path("users") + '[' + std::to_string(i) + ']',
                user.error().message() + "; this user cannot log in");
    }
    if (into.form_login && into.users.empty())
        found.warning(section.line, fields.path("users"), "has nobody, so nobody can log in");
    fields.warn_of_unknown_keys();
}

std::string refusal(const std::string& bind)
{
    return "listening on " + in_quotes(bind) +
           " lets whoever reaches it publish to every node, and this version has no login yet. Keep to this machine:\n"
           "  bind: 127.0.0.1\n"
           "or, where something else keeps strangers out, add `insecure: true`";
}

struct listen_address
{
    std::string host;
    std::uint16_t port;
};

// "127.0.0.1:9000", "[::1]:9000".
result<listen_address> parse_listen(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    if (colon != std::string_view::npos) {
        std::string_view host = text.substr(0, colon);
        const auto port = parse_integer<std::uint16_t>(text.substr(colon + 1));
        const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
        if (bracketed)
            host = host.substr(1, host.size() - 2);
        if (port && !host.empty() && (bracketed || host.find_first_of(":[]") == std::string_view::npos))
            return listen_address{std::string(host), *port};
    }
    return error(errc::invalid, "must be HOST:PORT, such as 127.0.0.1:9000; found " + in_quotes(text));
}

} // namespace

web_console read_web_console(const yaml_node& section, report& into)
{
    yaml_fields fields(section, "web_console", into);
    web_console read;
    read.bind = fields.filled_text("bind", need::optional).value_or(read.bind);
    if (const auto port = fields.integer("port", 0, largest_port, need::optional))
        read.port = static_cast<std::uint16_t>(*port);
    if (const auto most = fields.integer("upload_max_bytes", 1, largest_upload, need::optional))
        read.upload_max_bytes = static_cast<std::uint64_t>(*most);
    read.insecure = fields.boolean("insecure", need::optional).value_or(false);
    if (const yaml_node* const auth = fields.find("auth", need::optional))
        read_auth(*auth, read, into);
    fields.warn_of_unknown_keys();
    if (!is_loopback(read.bind) && !read.form_login && !read.insecure)
        fields.fail("bind", refusal(read.bind));
    return read;
}

embedded_store read_embedded_store(const yaml_node& section, report& into)
{
    yaml_fields fields(section, "embedded_store", into);
    embedded_store read;
    if (auto listen = fields.parsed("listen", need::optional, parse_listen)) {
        read.host = std::move(listen->host);
        read.port = listen->port;
    }
    read.data_dir = fields.file("data_dir", need::required).value_or("");
    read.access_key = fields.filled_text("access_key", need::required).value_or("");
    read.secret_key = secret(fields.filled_text("secret_key", need::required).value_or(""));
    read.buckets = fields.texts("buckets", need::optional).value_or(read.buckets);
    fields.warn_of_unknown_keys();
    return read;
}

} // namespace fleetman::config
