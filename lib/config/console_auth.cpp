#include "console_auth.hpp"

#include <fleetman/core/bcrypt.hpp>
#include <fleetman/core/text.hpp>

#include <algorithm>

namespace fleetman::config {
namespace {

constexpr std::size_t longest_user_name = 128;

// "alice:$2b$12$…" or, with a role, "alice:$2b$12$…:viewer".
result<console_user> parse_user(std::string_view text)
{
    const std::vector<std::string> parts = split(text, ':');
    if ((parts.size() != 2 && parts.size() != 3) || parts[0].empty())
        return error(errc::invalid, "must be NAME:BCRYPT-HASH or NAME:BCRYPT-HASH:ROLE");
    if (parts[0].size() > longest_user_name || has_control_character(parts[0]) || !is_utf8(parts[0]))
        return error(errc::invalid, "has a name that is not text of at most 128 bytes");
    if (const result<unsigned> cost = bcrypt::cost_of(parts[1]); !cost)
        return cost.error();
    const std::optional<user_role> role = parts.size() == 3 ? parse_user_role(parts[2]) : user_role::admin;
    if (!role)
        return error(errc::invalid, "has a role that is not viewer, operator or admin: " + in_quotes(parts[2]));
    return console_user{parts[0], secret(parts[1]), *role};
}

void read_users(yaml_fields& fields, std::size_t line, web_console& into, report& found)
{
    const auto users = fields.texts("users", need::optional).value_or(std::vector<std::string>());
    for (std::size_t i = 0; i < users.size(); ++i) {
        const std::string path = fields.path("users") + '[' + std::to_string(i) + ']';
        result<console_user> user = parse_user(users[i]);
        if (!user)
            found.warning(line, path, user.error().message() + "; this user cannot log in");
        else if (std::ranges::find(into.users, user->name, &console_user::name) != into.users.end())
            found.warning(line, path, in_quotes(user->name) + " is there twice; the first one counts");
        else
            into.users.push_back(*std::move(user));
    }
    if (into.form_login && into.users.empty())
        found.warning(line, fields.path("users"), "has nobody, so nobody can log in");
}

template <class Duration>
void read_duration(yaml_fields& fields, std::string_view key, std::int64_t most, std::chrono::minutes& into)
{
    if (const auto count = fields.integer(key, 1, most, need::optional))
        into = Duration(*count);
}

} // namespace

std::string_view to_string(user_role value)
{
    switch (value) {
    case user_role::viewer: return "viewer";
    case user_role::operate: return "operator";
    case user_role::admin: return "admin";
    }
    return "viewer";
}

std::optional<user_role> parse_user_role(std::string_view text)
{
    for (const user_role each : {user_role::viewer, user_role::operate, user_role::admin})
        if (text == to_string(each))
            return each;
    return std::nullopt;
}

void read_auth(const yaml_node& section, web_console& into, report& found)
{
    constexpr std::int64_t week_in_minutes = 10'080;
    constexpr std::int64_t month_in_hours = 720;
    yaml_fields fields(section, "web_console.auth", found);
    const std::string mode = fields.text("mode", need::optional).value_or("none");
    into.form_login = mode == "form";
    if (!into.form_login && mode != "none")
        found.warning(section.line, fields.path("mode"), "is not form, so there is no login; found " + in_quotes(mode));
    read_users(fields, section.line, into, found);
    read_duration<std::chrono::minutes>(fields, "session_idle_minutes", week_in_minutes, into.session_idle);
    read_duration<std::chrono::hours>(fields, "session_max_hours", month_in_hours, into.session_longest);
    fields.warn_of_unknown_keys();
}

yaml_node* find_user(yaml_node& root, std::string_view name)
{
    yaml_node* at = &root;
    for (const char* const key : {"web_console", "auth", "users"})
        if (at = at->find(key); at == nullptr)
            return nullptr;
    for (yaml_node& each : at->items)
        if (const result<console_user> user = parse_user(each.text); user && user->name == name)
            return &each;
    return nullptr;
}

void replace_hash(yaml_node& entry, const secret& hash)
{
    std::vector<std::string> parts = split(entry.text, ':');
    parts.at(1) = hash.reveal();
    entry.text.clear();
    for (const std::string& each : parts)
        entry.text.append(entry.text.empty() ? "" : ":").append(each);
}

} // namespace fleetman::config
