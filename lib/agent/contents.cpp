#include <fleetman/agent/contents.hpp>
#include <fleetman/bucket/keys.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/model/rules.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace fleetman::agent {
namespace {

constexpr std::size_t digest_digits = 8;
constexpr std::size_t named_at_most = 5; // in an error about many files
constexpr std::size_t longest_account = 256;

// Hostile text in a message: what would break a line or a terminal is shown by its number.
std::string shown(std::string_view text)
{
    std::string safe;
    for (const char c : text.substr(0, 200))
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            safe.append("\\x").append(to_hex(std::string_view(&c, 1)));
        else
            safe += c;
    return safe;
}

result<void> check_account(const std::optional<std::string>& name, std::string_view what)
{
    if (!name)
        return result<void>();
    const bool odd = std::any_of(name->begin(), name->end(),
        [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == ':' || c == '/'; });
    if (name->empty() || name->size() > longest_account || odd)
        return error(errc::invalid, "\"" + shown(*name) + "\" cannot be " + std::string(what));
    return result<void>();
}

// Merges entries of the manifest and of the overrides, which win field by field.
class merger
{
public:
    merger(const model::manifest& manifest, const model::overrides_manifest& overrides)
        : manifest_(manifest), base_(by_path(manifest.files)), over_(by_path(overrides.files))
    {}

    const model::file_entry* declared(const model::file_path& path) const { return find(base_, path); }

    result<wanted_rights> rights_of(const model::file_path& path, model::file_type type) const
    {
        const model::file_entry* const base = find(base_, path);
        const model::file_entry* const over = find(over_, path);
        const auto pick = [&](auto field) {
            if (over != nullptr && over->*field)
                return over->*field;
            return base != nullptr ? base->*field : std::optional<std::string>();
        };
        wanted_rights rights{pick(&model::file_entry::owner), pick(&model::file_entry::group), 0};
        if (result<void> sane = check_account(rights.owner, "an owner"); !sane)
            return sane.error().within(path.str());
        if (result<void> sane = check_account(rights.group, "a group"); !sane)
            return sane.error().within(path.str());
        // A controller writes the service's owner for an override that gives none. Where the manifest gives none
        // either, that is the default, which an agent that is not root does not take for a wish.
        if (over != nullptr && over->owner == manifest_.service_owner && !manifest_.owner_given) {
            rights.owner.reset();
            rights.service_owner = true;
        }
        if (over != nullptr && over->group == manifest_.service_group && !manifest_.group_given) {
            rights.group.reset();
            rights.service_group = true;
        }

        const std::optional<std::string> mode = pick(&model::file_entry::mode);
        rights.mode = model::mode_bits(mode ? std::string_view(*mode) : usual_mode(path, type));
        return rights;
    }

    // A file that neither document names is never made executable.
    std::string_view usual_mode(const model::file_path& path, model::file_type type) const
    {
        const bool named =
            type == model::file_type::folder || find(base_, path) != nullptr || find(over_, path) != nullptr;
        return named ? model::default_mode(path, type) : "0600";
    }

    bool is_template(const model::file_path& path) const
    {
        return is_template(find(base_, path)) || is_template(find(over_, path));
    }

    model::file_type type_of(const model::file_path& path) const
    {
        if (const model::file_entry* const over = find(over_, path))
            return over->type;
        const model::file_entry* const base = find(base_, path);
        return base != nullptr ? base->type : model::file_type::binary;
    }

private:
    using entries = std::map<std::string_view, const model::file_entry*>;

    static entries by_path(const std::vector<model::file_entry>& files)
    {
        entries all;
        for (const model::file_entry& file : files)
            all.emplace(file.path.str(), &file);
        return all;
    }

    static bool is_template(const model::file_entry* entry)
    {
        return entry != nullptr && entry->type == model::file_type::template_text;
    }

    static const model::file_entry* find(const entries& in, const model::file_path& path)
    {
        const auto place = in.find(path.str());
        return place == in.end() ? nullptr : place->second;
    }

    const model::manifest& manifest_;
    entries base_;
    entries over_;
};

bool is_document(std::string_view path)
{
    return path == bucket::manifest_file || path == bucket::overrides_manifest_file;
}

result<content_file> file_of(const storage::object_info& object, model::file_path path, const merger& all)
{
    const model::file_type type = all.type_of(path);
    result<wanted_rights> rights = all.rights_of(path, type);
    if (!rights)
        return rights.error();
    const bool rendered = all.is_template(path) || path.str() == "run.sh" || path.str() == "app.service";
    content_file file{path, object.key, object.size, object.etag, std::nullopt, rendered, *std::move(rights)};

    // What the manifest recorded is about the object that had this ETag; an override laid over it is another.
    const model::file_entry* const entry = all.declared(path);
    if (entry != nullptr && entry->etag == object.etag) {
        file.sha256 = entry->sha256;
        if (entry->size && *entry->size != object.size)
            return error(errc::invalid, path.str() + ": is " + std::to_string(object.size) +
                                            " bytes, the manifest says " + std::to_string(*entry->size));
    }
    return file;
}

result<void> add_files(release_contents& contents, const std::vector<storage::object_info>& listing,
    const std::string& prefix, const merger& all)
{
    for (const storage::object_info& object : listing) {
        if (!object.key.starts_with(prefix))
            return error(errc::invalid, "the store lists \"" + shown(object.key) + "\", which was not asked for");
        const std::string_view relative = std::string_view(object.key).substr(prefix.size());
        if (relative.empty() || relative.ends_with('/') || is_document(relative))
            continue; // folder markers, and the two documents
        result<model::file_path> path = model::file_path::parse(relative);
        if (!path)
            return path.error().within("the snapshot holds \"" + shown(relative) + "\"");
        result<content_file> file = file_of(object, *std::move(path), all);
        if (!file)
            return file.error();
        contents.bytes += file->size;
        contents.files.push_back(*std::move(file));
        if (contents.files.size() > release_max_files)
            return error(errc::too_large, "more than " + std::to_string(release_max_files) + " files");
    }
    std::sort(
        contents.files.begin(), contents.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return result<void>();
}

bool has_file_below(const release_contents& contents, const std::string& folder)
{
    const auto first = std::lower_bound(contents.files.begin(), contents.files.end(), folder,
        [](const content_file& file, const std::string& path) { return file.path.str() < path; });
    return first != contents.files.end() && first->path.str().starts_with(folder);
}

result<void> add_folders(release_contents& contents, const std::vector<model::file_entry>& entries, const merger& all,
    std::set<std::string>& known)
{
    for (const model::file_entry& entry : entries) {
        if (entry.type != model::file_type::folder && !entry.path.is_folder())
            continue;
        result<model::file_path> path =
            model::file_path::parse(entry.path.is_folder() ? entry.path.str() : entry.path.str() + '/');
        if (!path)
            return path.error();
        if (!known.insert(path->str()).second)
            continue;
        if (contents.files.size() + known.size() > release_max_files)
            return error(errc::too_large, "more than " + std::to_string(release_max_files) + " files and folders");
        result<wanted_rights> rights = all.rights_of(*path, model::file_type::folder);
        if (!rights)
            return rights.error();
        const bool kept = !has_file_below(contents, path->str());
        contents.folders.push_back({*std::move(path), *std::move(rights), kept});
    }
    std::sort(
        contents.folders.begin(), contents.folders.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return result<void>();
}

result<void> check_complete(const release_contents& contents, const model::manifest& manifest)
{
    std::string missing;
    std::size_t count = 0;
    for (const model::file_entry& entry : manifest.files)
        if (entry.type != model::file_type::folder && !entry.path.is_folder() &&
            contents.find(entry.path.str()) == nullptr && ++count <= named_at_most)
            missing += (missing.empty() ? "" : ", ") + entry.path.str();
    if (count == 0)
        return result<void>();
    if (count > named_at_most)
        missing += " and " + std::to_string(count - named_at_most) + " more";
    return error(errc::invalid, "the snapshot lacks files of its manifest: " + missing);
}

// `a` beside `a/b`: no file system can hold both.
result<void> check_conflicts(const release_contents& contents)
{
    std::vector<model::file_entry> all;
    all.reserve(contents.files.size() + contents.folders.size());
    for (const content_file& file : contents.files)
        all.push_back({.path = file.path, .type = model::file_type::binary});
    for (const content_folder& folder : contents.folders)
        all.push_back({.path = folder.path, .type = model::file_type::folder});
    std::vector<field_error> conflicts = model::path_conflicts(all);
    if (conflicts.empty())
        return result<void>();
    return error(errc::invalid, "the snapshot cannot be laid out: " + conflicts.front().message);
}

std::string digest_of(const release_contents& contents)
{
    hasher all(hash::sha256);
    for (const content_file& file : contents.files)
        all.update(file.path.str() + '\n' + file.etag + '\n' + std::to_string(file.size) + '\n');
    return to_hex(all.finish()).substr(0, digest_digits);
}

} // namespace

const content_file* release_contents::find(std::string_view path) const
{
    const auto place = std::lower_bound(files.begin(), files.end(), path,
        [](const content_file& file, std::string_view wanted) { return file.path.str() < wanted; });
    return place != files.end() && place->path.str() == path ? &*place : nullptr;
}

result<release_contents> release_contents_of(const model::manifest& manifest,
    const model::overrides_manifest& overrides, const std::vector<storage::object_info>& listing,
    const std::string& prefix)
{
    for (const std::optional<std::string>& name : {std::optional(manifest.service_owner),
             std::optional(manifest.service_group), manifest.service_folder_owner, manifest.service_folder_group})
        if (result<void> sane = check_account(name, "an account"); !sane)
            return sane.error();

    const merger all(manifest, overrides);
    release_contents contents;
    if (result<void> added = add_files(contents, listing, prefix, all); !added)
        return added.error();
    std::set<std::string> folders;
    if (result<void> added = add_folders(contents, manifest.files, all, folders); !added)
        return added.error();
    if (result<void> added = add_folders(contents, overrides.files, all, folders); !added)
        return added.error();
    if (result<void> complete = check_complete(contents, manifest); !complete)
        return complete.error();
    if (result<void> fits = check_conflicts(contents); !fits)
        return fits.error();
    contents.digest = digest_of(contents);
    return contents;
}

} // namespace fleetman::agent
