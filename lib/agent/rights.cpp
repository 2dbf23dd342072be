#include <fleetman/agent/rights.hpp>
#include <fleetman/host/accounts.hpp>

#include <unistd.h>

#include <algorithm>
#include <map>

namespace fleetman::agent {
namespace {

constexpr unsigned setid_bits = 06000;
constexpr unsigned deploy_folder_mode = 0755; // of the original, whatever the manifest says

// Looks every name up once.
class resolver
{
public:
    explicit resolver(const agent_account& account) : account_(account) {}

    result<uid_t> user(const std::string& name)
    {
        if (const auto known = users_.find(name); known != users_.end())
            return known->second;
        const result<uid_t> id = host::user_id(name);
        if (!id)
            return id.error();
        if (!account_.privileged() && *id != account_.user)
            return cannot_apply("owner", name);
        return users_[name] = *id;
    }

    result<gid_t> group(const std::string& name)
    {
        if (const auto known = groups_.find(name); known != groups_.end())
            return known->second;
        const result<gid_t> id = host::group_id(name);
        if (!id)
            return id.error();
        const auto& others = account_.other_groups;
        if (!account_.privileged() && *id != account_.group &&
            std::find(others.begin(), others.end(), *id) == others.end())
            return cannot_apply("group", name);
        return groups_[name] = *id;
    }

private:
    error cannot_apply(const char* what, const std::string& name) const
    {
        return error(errc::denied, std::string(what) + " \"" + name + "\" cannot be applied: the agent runs as \"" +
                                       host::user_name(account_.user) + "\", not as root");
    }

    const agent_account& account_;
    std::map<std::string, uid_t> users_;
    std::map<std::string, gid_t> groups_;
};

struct service_ids
{
    uid_t user;
    gid_t group;
};

// Whoever may write to the bucket would otherwise hand the rights of any account to any other on the host.
result<void> check_mode(unsigned mode, bool allow_setuid)
{
    if ((mode & setid_bits) == 0 || allow_setuid)
        return result<void>();
    return error(
        errc::invalid, "setuid and setgid modes are installed only where the agent has global.allow_setuid: true");
}

result<host::rights> rights_for(
    const wanted_rights& wanted, const host::rights& folder, const service_ids& service, resolver& names)
{
    host::rights made{wanted.service_owner ? service.user : folder.owner,
        wanted.service_group ? service.group : folder.group, wanted.mode};
    if (wanted.owner) {
        const result<uid_t> id = names.user(*wanted.owner);
        if (!id)
            return id.error();
        made.owner = *id;
    }
    if (wanted.group) {
        const result<gid_t> id = names.group(*wanted.group);
        if (!id)
            return id.error();
        made.group = *id;
    }
    return made;
}

} // namespace

agent_account agent_account::current()
{
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(0, count)));
    return {::geteuid(), ::getegid(), std::move(groups)};
}

result<resolved_rights> resolve_rights(
    const model::manifest& manifest, const release_contents& contents, const agent_account& account, bool allow_setuid)
{
    const bool named_owner = account.privileged() || manifest.owner_given;
    const bool named_group = account.privileged() || manifest.group_given;
    resolved_rights all;
    all.service_user = named_owner ? manifest.service_owner : host::user_name(account.user);
    all.service_group = named_group ? manifest.service_group : host::group_name(account.group);

    resolver names(account);
    const result<uid_t> service_user = names.user(all.service_user);
    if (!service_user)
        return service_user.error().within("service_owner");
    const result<gid_t> service_group = names.group(all.service_group);
    if (!service_group)
        return service_group.error().within("service_group");

    const unsigned mode = manifest.profile == model::run_profile::deploy
                              ? deploy_folder_mode
                              : model::mode_bits(manifest.service_folder_mode);
    if (const result<void> fine = check_mode(mode, allow_setuid); !fine)
        return fine.error().within("service_folder_mode");
    const service_ids service{*service_user, *service_group};
    const wanted_rights folder{manifest.service_folder_owner, manifest.service_folder_group, mode};
    const result<host::rights> top = rights_for(folder, {*service_user, *service_group, 0}, service, names);
    if (!top)
        return top.error().within("the service folder");
    all.folder = *top;

    const auto resolve = [&](const model::file_path& path, const wanted_rights& wanted) -> result<host::rights> {
        if (const result<void> fine = check_mode(wanted.mode, allow_setuid); !fine)
            return fine.error().within(path.str());
        const result<host::rights> made = rights_for(wanted, all.folder, service, names);
        return made ? made : made.error().within(path.str());
    };
    for (const content_file& file : contents.files) {
        const result<host::rights> made = resolve(file.path, file.rights);
        if (!made)
            return made.error();
        all.files.push_back(*made);
    }
    for (const content_folder& one : contents.folders) {
        const result<host::rights> made = resolve(one.path, one.rights);
        if (!made)
            return made.error();
        all.folders.push_back(*made);
    }
    return all;
}

} // namespace fleetman::agent
