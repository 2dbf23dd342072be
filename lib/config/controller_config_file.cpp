#include "console_auth.hpp"
#include "controller_tree.hpp"
#include "sections.hpp"
#include "yaml_json.hpp"

#include <fleetman/config/controller_config_file.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/replace_file.hpp>

#include <algorithm>

namespace fleetman::config {
namespace json = boost::json;
namespace {

yaml_node& section(yaml_node& root, std::string_view name)
{
    if (root.kind != yaml_node::type::map)
        root = yaml_node::empty_map();
    yaml_node* const found = root.find(name);
    if (found && found->kind == yaml_node::type::map)
        return *found;
    return root.put(name, yaml_node::empty_map());
}

yaml_node& entry(yaml_node& in, std::string_view name)
{
    yaml_node* const found = in.find(name);
    return found ? *found : in.put(name, yaml_node::empty_map());
}

json::object to_json(const bucket_connection& value)
{
    json::object object{{"bucket_name", value.bucket}, {"endpoint", value.endpoint}, {"access_key", value.access_key},
        {"secret_key", value.secret_key.reveal()}, {"path_style", value.path_style}, {"prefix", value.prefix.str()}};
    if (value.region != "us-east-1")
        object.emplace("region", value.region);
    if (value.session_token)
        object.emplace("session_token", value.session_token->reveal());
    if (value.ca_file)
        object.emplace("ca_file", *value.ca_file);
    return object;
}

json::object to_json(const model::cell_ref& name, const cell& value)
{
    return {{"node_id", name.node.str()}, {"cell_id", name.cell.str()}, {"bucket", value.bucket.str()},
        {"manifest", value.manifest.str()}};
}

// The one place where the file has nulls, as the original writes it.
json::object to_json(const model::resource_profile& value)
{
    const auto or_null = [](const std::optional<std::string>& text) {
        return text ? json::value(*text) : json::value(nullptr);
    };
    return {{"cpu", or_null(value.cpu)}, {"memory", or_null(value.memory)}, {"memory_swap", value.memory_swap},
        {"io_weight", value.io_weight}};
}

const yaml_node* file_at(const yaml_node* files, std::string_view path)
{
    if (!files)
        return nullptr;
    for (const yaml_node& each : files->items)
        if (const yaml_node* const found = each.find("path"); found && found->text == path)
            return &each;
    return nullptr;
}

// Unknown fields of a manifest stay, and those of each file that it still has.
void replace_manifest(yaml_node& in, const model::manifest& value)
{
    const json::object written = model::to_json(value);
    yaml_node files;
    files.kind = yaml_node::type::sequence;
    for (const json::value& file : written.at("files").as_array()) {
        const json::object& fields = file.as_object();
        const yaml_node* const before = file_at(in.find("files"), fields.at("path").as_string().c_str());
        yaml_node& after = files.items.emplace_back(before ? *before : yaml_node::empty_map());
        replace_fields(after, fields, manifest_file_fields());
    }
    replace_fields(in, written, manifest_fields());
    in.put("files", std::move(files));
}

// The key under which a cell stands in the file, which need not be its name.
std::optional<std::string> cell_key(const yaml_node& cells, const model::cell_ref& name)
{
    for (const yaml_entry& each : cells.entries) {
        const yaml_node* const node = each.value.find("node_id");
        const yaml_node* const id = each.value.find("cell_id");
        if (node && id && node->text == name.node.str() && id->text == name.cell.str())
            return each.key;
    }
    return std::nullopt;
}

} // namespace

controller_config_file::controller_config_file(std::filesystem::path path, std::unique_ptr<yaml_node> tree)
    : path_(std::move(path)), tree_(std::move(tree))
{}

controller_config_file::controller_config_file(const controller_config_file& other)
    : path_(other.path_), tree_(std::make_unique<yaml_node>(*other.tree_)), config_(other.config_),
      warnings_(other.warnings_), digest_(other.digest_)
{}

controller_config_file::controller_config_file(controller_config_file&& other) noexcept = default;

controller_config_file& controller_config_file::operator=(controller_config_file other) noexcept
{
    path_ = std::move(other.path_);
    tree_ = std::move(other.tree_);
    config_ = std::move(other.config_);
    warnings_ = std::move(other.warnings_);
    digest_ = std::move(other.digest_);
    return *this;
}

controller_config_file::~controller_config_file() = default;

result<controller_config_file> controller_config_file::open(const std::filesystem::path& file)
{
    const result<std::string> text = read_config_file(file);
    if (!text)
        return text.error();
    result<yaml_node> tree = parse_config_yaml(*text, file.string());
    if (!tree)
        return tree.error();
    report found(file.string());
    controller_config config = read_controller_config(*tree, found);
    if (found.failed())
        return found.to_error();

    // A link is followed once, here: saving replaces what it points to, not the link.
    std::error_code unresolved;
    std::filesystem::path real = std::filesystem::canonical(file, unresolved);
    if (unresolved)
        real = file;
    controller_config_file opened(std::move(real), std::make_unique<yaml_node>(*std::move(tree)));
    opened.config_ = std::move(config);
    opened.warnings_ = found.take_warnings();
    opened.digest_ = sha256_hex(*text);
    return opened;
}

result<controller_config_file> controller_config_file::create(const std::filesystem::path& file)
{
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored)))
        return error(errc::conflict, file.string() + " exists already");
    std::filesystem::path real = std::filesystem::absolute(file, ignored);
    if (real.empty())
        real = file;
    return controller_config_file(std::move(real), std::make_unique<yaml_node>(yaml_node::empty_map()));
}

std::filesystem::path controller_config_file::state_directory() const
{
    return path_.parent_path() / config_.state_directory.value_or("fleetman-state");
}

void controller_config_file::set(const model::bucket_name& name, const bucket_connection& value)
{
    replace_fields(entry(section(*tree_, "buckets"), name.str()), to_json(value), bucket_fields());
    config_.buckets.insert_or_assign(name, value);
}

void controller_config_file::set(const model::manifest_name& name, const model::manifest& value)
{
    replace_manifest(entry(section(*tree_, "manifests"), name.str()), value);
    config_.manifests.insert_or_assign(name, value);
}

void controller_config_file::set(const model::cell_ref& name, const cell& value)
{
    yaml_node& cells = section(*tree_, "cells");
    const std::string key = cell_key(cells, name).value_or(name.str());
    replace_fields(entry(cells, key), to_json(name, value), cell_fields());
    config_.cells.insert_or_assign(name, value);
}

void controller_config_file::set(const model::profile_name& name, const model::resource_profile& value)
{
    replace_fields(entry(section(*tree_, "resource_profiles"), name.str()), to_json(value), profile_fields());
    config_.resource_profiles.insert_or_assign(name, value);
}

bool controller_config_file::set_password_hash(std::string_view user, const secret& hash)
{
    const auto known = std::ranges::find(config_.console.users, user, &console_user::name);
    yaml_node* const entry = find_user(*tree_, user);
    if (known == config_.console.users.end() || entry == nullptr)
        return false;
    known->password_hash = hash;
    replace_hash(*entry, hash);
    return true;
}

bool controller_config_file::erase(const model::bucket_name& name)
{
    if (yaml_node* const entries = tree_->find("buckets"))
        entries->erase(name.str());
    return config_.buckets.erase(name) > 0;
}

bool controller_config_file::erase(const model::manifest_name& name)
{
    if (yaml_node* const entries = tree_->find("manifests"))
        entries->erase(name.str());
    return config_.manifests.erase(name) > 0;
}

bool controller_config_file::erase(const model::cell_ref& name)
{
    if (yaml_node* const cells = tree_->find("cells"))
        while (const std::optional<std::string> key = cell_key(*cells, name))
            cells->erase(*key);
    return config_.cells.erase(name) > 0;
}

bool controller_config_file::erase(const model::profile_name& name)
{
    if (yaml_node* const entries = tree_->find("resource_profiles"))
        entries->erase(name.str());
    return config_.resource_profiles.erase(name) > 0;
}

std::string controller_config_file::text() const
{
    yaml_node whole = *tree_;
    section(whole, "buckets"); // the original loads no file without these two
    section(whole, "manifests");
    return write_yaml(whole);
}

result<bool> controller_config_file::changed_on_disk() const
{
    const result<std::string> now = read_config_file(path_);
    if (!now && now.error().code() == errc::not_found)
        return !digest_.empty();
    if (!now)
        return now.error();
    return sha256_hex(*now) != digest_;
}

result<void> controller_config_file::save()
{
    const std::string content = text();
    // Whatever was set: a file that could not be read again is not written.
    if (result<loaded<controller_config>> again = parse_controller_config(content, path_.string()); !again)
        return again.error().within("save " + path_.string());
    const auto unchanged = [this]() -> result<void> {
        const result<bool> changed = changed_on_disk();
        if (!changed)
            return changed.error();
        if (*changed)
            return error(errc::conflict, path_.string() + " has been changed by someone else since it was read");
        return {};
    };
    if (result<void> replaced = replace_file(path_, content, unchanged); !replaced)
        return replaced.error();
    digest_ = sha256_hex(content);
    return {};
}

} // namespace fleetman::config
