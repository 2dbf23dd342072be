#include "seal.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/timestamp.hpp>
#include <fleetman/model/service_templates.hpp>
#include <fleetman/model/tokens.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace fleetman::control {

using model::file_entry;
using model::file_path;
using model::file_type;
using storage::object_info;

namespace {

constexpr std::string_view unit_file = "app.service";
constexpr std::array<std::string_view, 2> token_files{"run.sh", unit_file};

using objects_by_path = std::map<std::string, object_info, std::less<>>;

task<result<objects_by_path>> list_version(const seal_order& order)
{
    const std::string folder = order.of.at.keys.deployment(order.of.name, order.version);
    auto objects = co_await storage::list_all(*order.of.at.store, folder);
    if (!objects)
        co_return objects.error();
    objects_by_path by_path;
    for (object_info& object : *objects) {
        std::string path = object.key.substr(folder.size());
        by_path.emplace(std::move(path), std::move(object));
    }
    co_return by_path;
}

// New agents need app.service in every systemd version; a manifest of the original may not name it.
void name_unit(model::manifest& content)
{
    if (content.profile == model::run_profile::systemd && content.find(unit_file) == nullptr)
        content.files.push_back({.path = file_path::parse(unit_file).value(), .type = file_type::text});
}

task<result<void>> generate_unit(const seal_order& order, objects_by_path& present)
{
    if (order.of.content.profile != model::run_profile::systemd || present.contains(unit_file))
        co_return result<void>();
    result<std::string> unit = model::default_app_service(order.of.content, order.limits);
    if (!unit)
        co_return unit.error().within("generate app.service");
    const std::string key =
        order.of.at.keys.deployment_file(order.of.name, order.version, file_path::parse(unit_file).value());
    auto written = co_await order.of.at.store->put(key, std::move(*unit));
    if (!written)
        co_return written.error();
    auto info = co_await order.of.at.store->head(key);
    if (!info)
        co_return info.error();
    present.insert_or_assign(std::string(unit_file), std::move(*info));
    co_return result<void>();
}

void check_presence(const model::manifest& content, const objects_by_path& present, std::vector<field_error>& problems)
{
    for (const file_entry& entry : content.files)
        if (entry.type != file_type::folder && !present.contains(entry.path.str()))
            problems.push_back({entry.path.str(), "is missing; upload it, or take it out of the manifest"});
}

// Reads the small files that agents always render, for their tokens and their digests.
task<result<std::map<std::string, std::string>>> check_tokens(
    const seal_order& order, const objects_by_path& present, std::vector<field_error>& problems)
{
    std::map<std::string, std::string> digests;
    for (const std::string_view path : token_files) {
        const auto place = present.find(path);
        if (place == present.end())
            continue;
        auto file = co_await order.of.at.store->get(place->second.key, text_max_bytes);
        if (!file)
            co_return file.error();
        digests.emplace(path, sha256_hex(file->body));
        for (const model::unresolved_token& token : model::unresolved_tokens(file->body))
            problems.push_back({std::string(path),
                "line " + std::to_string(token.line) + ": {{ " + token.name + " }} is nothing that an agent fills in"});
    }
    co_return digests;
}

model::manifest with_digests(
    model::manifest content, const objects_by_path& present, const std::map<std::string, std::string>& digests)
{
    for (file_entry& entry : content.files) {
        const auto place = present.find(entry.path.str());
        if (place == present.end() || entry.type == file_type::folder)
            continue;
        entry.size = place->second.size;
        entry.etag = place->second.etag;
        if (const auto digest = digests.find(entry.path.str()); digest != digests.end())
            entry.sha256 = digest->second;
    }
    return content;
}

task<result<void>> write_seal(const seal_order& order, const model::snapshot& sealed)
{
    const std::string key = order.of.at.keys.deployment_manifest(order.of.name, order.version);
    const std::string body = model::serialize(sealed);
    auto written = co_await order.of.at.store->put(key, body, storage::put_condition::absent());
    if (!written && written.error().code() == errc::unsupported)
        written = co_await order.of.at.store->put(key, body); // the draft was just seen, and the guard is ours
    if (!written)
        co_return written.error();
    co_return result<void>();
}

} // namespace

task<result<model::snapshot>> seal_version(seal_order order, wall_time now)
{
    name_unit(order.of.content);
    std::vector<field_error> problems = model::violations(order.of.content, order.known);
    auto present = co_await list_version(order);
    if (!present)
        co_return present.error();
    if (problems.empty()) {
        auto generated = co_await generate_unit(order, *present);
        if (!generated)
            co_return generated.error();
    }
    check_presence(order.of.content, *present, problems);
    auto digests = co_await check_tokens(order, *present, problems);
    if (!digests)
        co_return digests.error();
    if (!problems.empty())
        co_return error::violations(
            order.of.name.str() + ' ' + order.version.str() + " cannot be finalized", std::move(problems));

    model::snapshot sealed{
        order.of.name, order.version, rfc3339(now), with_digests(std::move(order.of.content), *present, *digests)};
    auto written = co_await write_seal(order, sealed);
    if (!written)
        co_return written.error();
    co_return sealed;
}

} // namespace fleetman::control
