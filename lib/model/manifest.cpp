#include "health_fields.hpp"
#include "manifest_fields.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/model/manifest.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace fleetman::model {
namespace json = boost::json;
namespace {

struct file_type_word
{
    file_type value;
    std::string_view word;
};
constexpr file_type_word file_type_words[] = {{file_type::text, "text"}, {file_type::template_text, "template"},
    {file_type::binary, "binary"}, {file_type::folder, "folder"}};

struct profile_word
{
    run_profile value;
    std::string_view word;
};
constexpr profile_word profile_words[] = {{run_profile::systemd, "systemd"}, {run_profile::supervisor, "supervisor"},
    {run_profile::deploy, "deploy"}, {run_profile::processmaster, "processmaster"}};

} // namespace

std::string_view to_string(file_type value)
{
    for (const file_type_word& entry : file_type_words)
        if (entry.value == value)
            return entry.word;
    return {};
}

std::string_view to_string(run_profile value)
{
    for (const profile_word& entry : profile_words)
        if (entry.value == value)
            return entry.word;
    return {};
}

result<file_type> parse_file_type(std::string_view text)
{
    const std::string wanted = lower_case(text);
    for (const file_type_word& entry : file_type_words)
        if (entry.word == wanted)
            return entry.value;
    return error(errc::invalid, "must be text, template, binary or folder; found " + in_quotes(text));
}

result<run_profile> parse_run_profile(std::string_view text)
{
    const std::string wanted = lower_case(text);
    for (const profile_word& entry : profile_words)
        if (entry.word == wanted)
            return entry.value;
    return error(errc::invalid, "must be systemd, supervisor or deploy; found " + in_quotes(text));
}

result<std::string> parse_mode(std::string_view text)
{
    constexpr unsigned most = 07777;
    constexpr std::size_t least_digits = 3;
    unsigned bits = 0;
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const auto [last, failure] = std::from_chars(begin, end, bits, 8);
    if (failure != std::errc() || last != end || bits == 0 || bits > most)
        return error(errc::invalid, "a mode is octal, from 1 to 07777, such as 0755; found " + in_quotes(text));
    char digits[8] = {};
    const auto written = std::to_chars(digits, digits + sizeof digits, bits, 8);
    std::string mode(digits, written.ptr);
    if (mode.size() < least_digits)
        mode.insert(0, least_digits - mode.size(), '0');
    return '0' + mode;
}

unsigned mode_bits(std::string_view mode)
{
    unsigned bits = 0;
    std::from_chars(mode.data(), mode.data() + mode.size(), bits, 8);
    return bits;
}

std::string_view default_mode(const file_path& path, file_type type)
{
    return type == file_type::folder || path.file_name() == "run.sh" ? "0700" : "0600";
}

namespace {

const file_entry* find_file(const std::vector<file_entry>& files, std::string_view path)
{
    const auto found =
        std::find_if(files.begin(), files.end(), [&](const file_entry& file) { return file.path.str() == path; });
    return found == files.end() ? nullptr : &*found;
}

std::optional<std::string> read_mode(json_fields& fields, std::string_view key)
{
    const std::optional<std::string> found = fields.filled_text(key);
    if (!found)
        return std::nullopt;
    result<std::string> mode = parse_mode(*found);
    if (!mode) {
        fields.fail(key, mode.error().message());
        return std::nullopt;
    }
    return *std::move(mode);
}

// The original also takes a folder's path without the "/" at its end; the type says what it is.
result<file_path> parse_entry_path(std::string_view text, std::optional<file_type> type)
{
    if (type == file_type::folder && !text.empty() && text.back() != '/')
        return file_path::parse(std::string(text) + '/');
    return file_path::parse(text);
}

} // namespace

const file_entry* manifest::find(std::string_view path) const
{
    return find_file(files, path);
}

std::optional<file_entry> read_file_entry(
    const json::value& value, std::string path, std::vector<field_error>& violations)
{
    constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    json_fields fields(value, std::move(path), violations);
    if (!value.is_object())
        return std::nullopt;
    const auto type = fields.parsed("file_type", need::required, parse_file_type);
    const auto where =
        fields.parsed("path", need::required, [&](std::string_view text) { return parse_entry_path(text, type); });
    std::optional<std::string> owner = fields.filled_text("owner");
    std::optional<std::string> group = fields.filled_text("group");
    std::optional<std::string> mode = read_mode(fields, "mode");
    const std::optional<std::int64_t> size = fields.integer("size", 0, largest, need::optional);
    std::optional<std::string> etag = fields.text("etag", need::optional);
    std::optional<std::string> sha256 = fields.text("sha256", need::optional);
    if (!type || !where)
        return std::nullopt;
    return file_entry{.path = *where,
        .type = *type,
        .owner = std::move(owner),
        .group = std::move(group),
        .mode = std::move(mode),
        .size = size ? std::optional(static_cast<std::uint64_t>(*size)) : std::nullopt,
        .etag = std::move(etag),
        .sha256 = std::move(sha256)};
}

std::vector<file_entry> read_files(json_fields& fields, std::vector<field_error>& violations)
{
    std::vector<file_entry> files;
    const json::array* const found = fields.array("files", need::required);
    if (!found)
        return files;
    files.reserve(found->size());
    for (std::size_t i = 0; i < found->size(); ++i)
        if (std::optional<file_entry> file = read_file_entry((*found)[i], fields.path("files", i), violations))
            files.push_back(*std::move(file));
    return files;
}

json::object to_json(const file_entry& value)
{
    json::object object{{"path", value.path.str()}, {"file_type", to_string(value.type)}};
    const auto put = [&](const char* key, const auto& optional) {
        if (optional)
            object.emplace(key, *optional);
    };
    put("owner", value.owner);
    put("group", value.group);
    put("mode", value.mode);
    put("size", value.size);
    put("etag", value.etag);
    put("sha256", value.sha256);
    return object;
}

namespace {

void read_accounts(json_fields& fields, manifest& into)
{
    if (std::optional<std::string> owner = fields.filled_text("service_owner")) {
        into.service_owner = *std::move(owner);
        into.owner_given = true;
    }
    if (std::optional<std::string> group = fields.filled_text("service_group")) {
        into.service_group = *std::move(group);
        into.group_given = true;
    }
    into.service_folder_owner = fields.filled_text("service_folder_owner");
    into.service_folder_group = fields.filled_text("service_folder_group");
    into.service_folder_mode = read_mode(fields, "service_folder_mode").value_or(into.service_folder_mode);
}

void read_logging(json_fields& fields, manifest& into)
{
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    into.collect_logs = fields.boolean("collect_logs", need::optional).value_or(into.collect_logs);
    if (auto files = fields.texts("log_files", need::optional))
        into.log_files = *std::move(files);
    if (const auto lines = fields.integer("max_log_lines", 0, most, need::optional))
        into.max_log_lines = static_cast<std::uint32_t>(*lines);
}

} // namespace

manifest read_manifest(json_fields& fields, need bucket, std::vector<field_error>& violations)
{
    manifest read;
    read.files = read_files(fields, violations);
    read.profile = fields.parsed("profile", need::required, parse_run_profile).value_or(read.profile);
    read.bucket = fields.text("bucket", bucket).value_or("");
    read.resource_profile = fields.filled_text("resource_profile").value_or(read.resource_profile);
    read_accounts(fields, read);
    read_logging(fields, read);
    read.health = read_health(fields, violations);
    return read;
}

namespace {

void write_accounts(const manifest& value, json::object& object)
{
    if (value.owner_given)
        object.emplace("service_owner", value.service_owner);
    if (value.group_given)
        object.emplace("service_group", value.service_group);
    object.emplace("service_folder_mode", value.service_folder_mode);
    if (value.service_folder_owner)
        object.emplace("service_folder_owner", *value.service_folder_owner);
    if (value.service_folder_group)
        object.emplace("service_folder_group", *value.service_folder_group);
}

} // namespace

result<manifest> parse_manifest(const json::value& document)
{
    std::vector<field_error> violations;
    json_fields fields(document, "", violations);
    manifest read = read_manifest(fields, need::required, violations);
    if (!violations.empty())
        return malformed("the manifest is malformed", std::move(violations));
    return read;
}

json::object to_json(const manifest& value)
{
    json::array files;
    files.reserve(value.files.size());
    for (const file_entry& file : value.files)
        files.push_back(to_json(file));
    json::array log_files(value.log_files.begin(), value.log_files.end());

    json::object object{{"files", std::move(files)}, {"profile", to_string(value.profile)},
        {"resource_profile", value.resource_profile}};
    write_accounts(value, object);
    object.emplace("bucket", value.bucket);
    object.emplace("collect_logs", value.collect_logs);
    object.emplace("log_files", std::move(log_files));
    object.emplace("max_log_lines", value.max_log_lines);
    if (!value.health.empty())
        object.emplace("health", to_json(value.health));
    return object;
}

} // namespace fleetman::model
