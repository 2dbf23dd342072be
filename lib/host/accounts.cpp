#include <fleetman/core/text.hpp>
#include <fleetman/host/accounts.hpp>
#include <fleetman/host/os_error.hpp>

#include <grp.h>
#include <pwd.h>

#include <array>
#include <limits>
#include <vector>

namespace fleetman::host {
namespace {

constexpr std::size_t first_buffer = 4096;
constexpr std::size_t largest_buffer = std::size_t{1024} * 1024; // groups may have very many members

// Calls one of the get…_r family with a growing buffer; its entry, or nothing when there is none (getpwnam_r(3)).
template <class Entry, class Call>
result<std::optional<Entry>> look_up(Call call, std::vector<char>& buffer)
{
    for (buffer.resize(first_buffer);; buffer.resize(buffer.size() * 4)) {
        Entry entry{};
        Entry* found = nullptr;
        const int failure = call(&entry, buffer.data(), buffer.size(), &found);
        if (failure == 0)
            return found != nullptr ? std::optional<Entry>(entry) : std::nullopt;
        if (failure == ENOENT || failure == ESRCH)
            return std::optional<Entry>();
        if (failure != ERANGE || buffer.size() > largest_buffer)
            return os_error("look up an account", failure);
    }
}

template <class Id>
result<Id> number_or(const std::string& name, const char* what)
{
    // -1 means "leave it" to chown(2), so it is no id.
    const std::optional<Id> number = parse_integer<Id>(name);
    if (number && *number != std::numeric_limits<Id>::max())
        return *number;
    return error(errc::not_found, std::string("there is no ") + what + " \"" + name + "\" on this host");
}

} // namespace

result<uid_t> user_id(const std::string& name)
{
    std::vector<char> buffer;
    const auto found = look_up<passwd>([&](passwd* entry, char* text, std::size_t size,
                                           passwd** out) { return ::getpwnam_r(name.c_str(), entry, text, size, out); },
        buffer);
    if (!found)
        return found.error().within("user \"" + name + "\"");
    if (*found)
        return (*found)->pw_uid;
    return number_or<uid_t>(name, "user");
}

result<gid_t> group_id(const std::string& name)
{
    std::vector<char> buffer;
    const auto found = look_up<group>([&](group* entry, char* text, std::size_t size,
                                          group** out) { return ::getgrnam_r(name.c_str(), entry, text, size, out); },
        buffer);
    if (!found)
        return found.error().within("group \"" + name + "\"");
    if (*found)
        return (*found)->gr_gid;
    return number_or<gid_t>(name, "group");
}

std::string user_name(uid_t id)
{
    std::vector<char> buffer;
    const auto found = look_up<passwd>([&](passwd* entry, char* text, std::size_t size,
                                           passwd** out) { return ::getpwuid_r(id, entry, text, size, out); },
        buffer);
    return found && *found ? (*found)->pw_name : std::to_string(id);
}

std::string group_name(gid_t id)
{
    std::vector<char> buffer;
    const auto found = look_up<group>([&](group* entry, char* text, std::size_t size,
                                          group** out) { return ::getgrgid_r(id, entry, text, size, out); },
        buffer);
    return found && *found ? (*found)->gr_name : std::to_string(id);
}

} // namespace fleetman::host
