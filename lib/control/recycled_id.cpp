#include "recycled_id.hpp"

#include <fleetman/core/text.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::control {

namespace {

constexpr std::string_view version_bin = "recycle";
constexpr std::string_view cell_bin = "cell_recycle";
constexpr std::string_view stamp_form = "dddddddd-dddddd-ddd"; // local_stamp()'s

bool is_safe_part(std::string_view part)
{
    return !part.empty() && part != "." && part != ".." && part.find('/') == std::string_view::npos &&
           !has_control_character(part);
}

// ":" separates, so it is written as "!3A" within a part, and "!" as "!21".
std::string escaped(std::string_view part)
{
    std::string text;
    for (const char c : part)
        text += c == ':' ? "!3A" : c == '!' ? "!21" : std::string(1, c);
    return text;
}

std::optional<std::string> unescaped(std::string_view text)
{
    std::string part;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '!') {
            part += text[i];
            continue;
        }
        const std::string_view code = text.substr(i, 3);
        if (code != "!3A" && code != "!21")
            return std::nullopt;
        part += code == "!3A" ? ':' : '!';
        i += 2;
    }
    return part;
}

std::optional<recycled_place> checked_place(const model::bucket_name& bucket, const std::vector<std::string>& parts)
{
    const bool of_version = parts.size() == 2 && parts[0] == version_bin;
    const bool of_cell = parts.size() == 4 && parts[0] == cell_bin;
    if ((!of_version && !of_cell) || !std::ranges::all_of(parts, is_safe_part))
        return std::nullopt;
    std::string folder;
    for (const std::string& part : parts)
        folder += part + '/';
    return recycled_place{bucket, of_cell ? recycled_kind::cell : recycled_kind::version, std::move(folder)};
}

bool is_stamp(std::string_view text)
{
    const auto fits = [](char c, char form) { return form == 'd' ? c >= '0' && c <= '9' : c == form; };
    return text.size() == stamp_form.size() && std::ranges::equal(text, stamp_form, fits);
}

// "<manifest>-<version>-<stamp>": both names may hold "-", so the shortest end that is a version decides.
void name_version(recycled_item& item, std::string_view folder_name)
{
    const std::size_t tail = stamp_form.size() + 1;
    if (folder_name.size() <= tail || !is_stamp(folder_name.substr(folder_name.size() - stamp_form.size())))
        return;
    const std::string_view title = folder_name.substr(0, folder_name.size() - tail);
    for (std::size_t dash = title.rfind('-'); dash != std::string_view::npos && dash > 0;
        dash = title.rfind('-', dash - 1)) {
        const auto version = model::version::parse(title.substr(dash + 1));
        const auto manifest = model::manifest_name::load(title.substr(0, dash));
        if (!version || !manifest)
            continue;
        item.version = *version;
        item.manifest = *manifest;
        return;
    }
}

} // namespace

std::string recycled_id(const model::bucket_name& bucket, std::string_view folder)
{
    std::string id = escaped(bucket.str());
    for (const std::string& part : split(folder.substr(0, folder.size() - 1), '/'))
        id += ':' + escaped(part);
    return id;
}

std::optional<recycled_place> parse_recycled_id(std::string_view id)
{
    std::vector<std::string> parts;
    for (const std::string& text : split(id, ':')) {
        auto part = unescaped(text);
        if (!part)
            return std::nullopt;
        parts.push_back(std::move(*part));
    }
    const auto bucket = model::bucket_name::load(parts.front());
    if (!bucket)
        return std::nullopt;
    parts.erase(parts.begin());
    return checked_place(*bucket, parts);
}

std::optional<recycled_place> recycled_place_of(const model::bucket_name& bucket, std::string_view key_below_prefix)
{
    std::vector<std::string> parts = split(key_below_prefix, '/');
    const std::size_t depth = parts.front() == cell_bin ? 4 : 2;
    if (parts.size() <= depth) // the folder's name and at least its marker
        return std::nullopt;
    parts.resize(depth);
    return checked_place(bucket, parts);
}

recycled_item recycled_item_of(const recycled_place& place, const std::string& root)
{
    recycled_item item{.id = recycled_id(place.bucket, place.folder),
        .bucket = place.bucket,
        .kind = place.kind,
        .folder = root + place.folder,
        .below_prefix = place.folder,
        .manifest = std::nullopt,
        .version = std::nullopt,
        .cell = std::nullopt};
    const std::vector<std::string> parts = split(place.folder, '/');
    if (place.kind == recycled_kind::version) {
        name_version(item, parts[1]);
        return item;
    }
    const auto node = model::node_id::load(parts[1]);
    const auto cell = model::cell_id::load(parts[2]);
    if (node && cell)
        item.cell = model::cell_ref{*node, *cell};
    return item;
}

} // namespace fleetman::control
