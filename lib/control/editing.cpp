#include <fleetman/control/editing.hpp>
#include <fleetman/model/rules.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace fleetman::control {

using config::controller_config;
using config::controller_config_file;

namespace {

template <class Map, class Name>
result<void> check_presence(const Map& entries, const Name& name, writing how, const std::string& what)
{
    const bool present = entries.contains(name);
    if (how == writing::create && present)
        return error(errc::conflict, what + ' ' + name.str() + " exists already");
    if (how == writing::replace && !present)
        return error(errc::not_found, "there is no " + what + ' ' + name.str());
    return {};
}

template <class Map, class Name>
result<void> check_expected(
    const Map& entries, const Name& name, const expectation<typename Map::mapped_type>& expected)
{
    const auto place = entries.find(name);
    return place == entries.end() || !expected ? result<void>() : expected(place->second);
}

// "used by manifest a, cell b/c, …", at most a few of them.
result<void> refuse_while_used(const std::string& what, const std::vector<std::string>& users)
{
    constexpr std::size_t shown = 5;
    if (users.empty())
        return {};
    std::string message = what + " is used by ";
    for (std::size_t i = 0; i < std::min(shown, users.size()); ++i)
        message += (i == 0 ? "" : ", ") + users[i];
    if (users.size() > shown)
        message += " and " + std::to_string(users.size() - shown) + " more";
    return error(errc::conflict, message);
}

std::vector<std::string> users_of(const controller_config& config, const model::bucket_name& bucket)
{
    std::vector<std::string> users;
    for (const auto& [name, manifest] : config.manifests)
        if (manifest.bucket == bucket.str())
            users.push_back("manifest " + name.str());
    for (const auto& [name, cell] : config.cells)
        if (cell.bucket == bucket)
            users.push_back("cell " + name.str());
    return users;
}

std::vector<std::string> users_of(const controller_config& config, const model::manifest_name& manifest)
{
    std::vector<std::string> users;
    for (const auto& [name, cell] : config.cells)
        if (cell.manifest == manifest)
            users.push_back("cell " + name.str());
    return users;
}

std::vector<std::string> users_of(const controller_config& config, const model::profile_name& profile)
{
    std::vector<std::string> users;
    for (const auto& [name, manifest] : config.manifests)
        if (manifest.resource_profile == profile.str())
            users.push_back("manifest " + name.str());
    return users;
}

result<void> check_cell(const controller_config& config, const config::cell& value)
{
    std::vector<field_error> problems;
    if (!config.buckets.contains(value.bucket))
        problems.push_back({"bucket", "there is no bucket connection " + value.bucket.str()});
    if (!config.manifests.contains(value.manifest))
        problems.push_back({"manifest", "there is no manifest " + value.manifest.str()});
    if (!problems.empty())
        return error::violations("the cell refers to what does not exist", std::move(problems));
    return {};
}

task<result<void>> apply(catalog& in, effect what, catalog::change change)
{
    return what == effect::saved ? in.edit(std::move(change)) : in.rehearse(std::move(change));
}

} // namespace

task<result<void>> save_bucket(catalog& in, model::bucket_name name, config::bucket_connection value, writing how,
    expectation<config::bucket_connection> expected)
{
    if (auto usable = in.try_connection(value); !usable)
        co_return usable;
    co_return co_await in.edit([name, value, how, expected](controller_config_file& file) {
        result<void> checked = check_presence(file.config().buckets, name, how, "bucket connection");
        if (checked)
            checked = check_expected(file.config().buckets, name, expected);
        if (checked)
            file.set(name, value);
        return checked;
    });
}

task<result<void>> remove_bucket(catalog& in, model::bucket_name name, expectation<config::bucket_connection> expected)
{
    co_return co_await in.edit([name, expected](controller_config_file& file) {
        result<void> allowed = check_expected(file.config().buckets, name, expected);
        if (allowed)
            allowed = refuse_while_used("bucket connection " + name.str(), users_of(file.config(), name));
        if (allowed && !file.erase(name))
            return result<void>(error(errc::not_found, "there is no bucket connection " + name.str()));
        return allowed;
    });
}

task<result<void>> save_manifest(catalog& in, model::manifest_name name, model::manifest value, writing how,
    expectation<model::manifest> expected, effect what)
{
    return apply(in, what, [name, value, how, expected](controller_config_file& file) {
        result<void> checked = check_presence(file.config().manifests, name, how, "manifest");
        if (checked)
            checked = check_expected(file.config().manifests, name, expected);
        if (!checked)
            return checked;
        std::vector<field_error> problems = model::violations(value, config::known_names(file.config()));
        if (!problems.empty())
            return result<void>(error::violations("manifest " + name.str() + " breaks rules", std::move(problems)));
        file.set(name, value);
        return checked;
    });
}

task<result<void>> remove_manifest(catalog& in, model::manifest_name name, expectation<model::manifest> expected)
{
    co_return co_await in.edit([name, expected](controller_config_file& file) {
        result<void> allowed = check_expected(file.config().manifests, name, expected);
        if (allowed)
            allowed = refuse_while_used("manifest " + name.str(), users_of(file.config(), name));
        if (allowed && !file.erase(name))
            return result<void>(error(errc::not_found, "there is no manifest " + name.str()));
        return allowed;
    });
}

task<result<void>> save_resource_profile(catalog& in, model::profile_name name, model::resource_profile value,
    writing how, expectation<model::resource_profile> expected, effect what)
{
    if (name.str() == "unlimited")
        co_return error(errc::conflict, "`unlimited` always exists and cannot be changed");
    std::vector<field_error> problems = model::violations(value);
    if (!problems.empty())
        co_return error::violations("resource profile " + name.str() + " breaks rules", std::move(problems));
    co_return co_await apply(in, what, [name, value, how, expected](controller_config_file& file) {
        result<void> checked = check_presence(file.config().resource_profiles, name, how, "resource profile");
        if (checked)
            checked = check_expected(file.config().resource_profiles, name, expected);
        if (checked)
            file.set(name, value);
        return checked;
    });
}

task<result<void>> remove_resource_profile(
    catalog& in, model::profile_name name, expectation<model::resource_profile> expected)
{
    co_return co_await in.edit([name, expected](controller_config_file& file) {
        result<void> allowed = check_expected(file.config().resource_profiles, name, expected);
        if (allowed)
            allowed = refuse_while_used("resource profile " + name.str(), users_of(file.config(), name));
        if (allowed && !file.erase(name))
            return result<void>(error(errc::not_found, "there is no resource profile " + name.str()));
        return allowed;
    });
}

task<result<void>> save_cell(
    catalog& in, model::cell_ref name, config::cell value, writing how, expectation<config::cell> expected)
{
    co_return co_await in.edit([name, value, how, expected](controller_config_file& file) {
        result<void> checked = check_presence(file.config().cells, name, how, "cell");
        if (checked)
            checked = check_expected(file.config().cells, name, expected);
        if (checked)
            checked = check_cell(file.config(), value);
        if (checked)
            file.set(name, value);
        return checked;
    });
}

task<result<void>> forget_cell(catalog& in, model::cell_ref name)
{
    co_return co_await in.edit([name](controller_config_file& file) {
        return file.erase(name) ? result<void>()
                                : result<void>(error(errc::not_found, "there is no cell " + name.str()));
    });
}

} // namespace fleetman::control
