#include <fleetman/api/assets.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/text.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace fleetman::api {

namespace {

std::string_view media_type(std::string_view name)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> types{{
        {".html", "text/html; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
    }};
    for (const auto& [extension, type] : types)
        if (name.ends_with(extension))
            return type;
    return "application/octet-stream";
}

std::optional<http::shared_body> shared_unless_empty(std::string_view content)
{
    return content.empty() ? std::nullopt : std::optional(http::shared_body(std::string(content)));
}

asset make_asset(std::string_view name, std::string content)
{
    std::string etag = sha256_hex(content);
    return {.content = http::shared_body(std::move(content)), .type = media_type(name), .etag = std::move(etag)};
}

// ";q=0", ";q=0.000" and the like: not at all.
bool is_refused(std::string_view parameters)
{
    const std::size_t weight = parameters.find("q=");
    return weight != std::string_view::npos &&
           trimmed(parameters.substr(weight + 2)).find_first_not_of("0.") == std::string_view::npos;
}

} // namespace

bool accepts_coding(std::string_view field, std::string_view coding)
{
    while (!field.empty()) {
        const std::string_view one = field.substr(0, field.find(','));
        const std::size_t name_end = std::min(one.find(';'), one.size());
        const std::string name = lower_case(trimmed(one.substr(0, name_end)));
        if (name == coding && !is_refused(one.substr(name_end)))
            return true;
        field.remove_prefix(std::min(one.size() + 1, field.size()));
    }
    return false;
}

assets assets::embedded(std::span<const embedded_file> files)
{
    assets made;
    for (const embedded_file& file : files) {
        asset one = make_asset(file.name, std::string(file.content));
        one.gzip = shared_unless_empty(file.gzip);
        one.brotli = shared_unless_empty(file.brotli);
        one.immutable = file.name.starts_with("assets/");
        made.files_.emplace(file.name, std::make_shared<const asset>(std::move(one)));
    }
    return made;
}

result<assets> assets::from_folder(const std::filesystem::path& folder)
{
    assets made;
    made.folder_ = folder;
    std::error_code wrong;
    std::filesystem::recursive_directory_iterator entry(folder, wrong);
    for (const std::filesystem::recursive_directory_iterator end; !wrong && entry != end; entry.increment(wrong))
        if (entry->is_regular_file())
            made.files_.emplace(entry->path().lexically_relative(folder).string(), nullptr);
    if (wrong)
        return error(errc::failed, "read " + folder.string() + ": " + wrong.message());
    return made;
}

std::shared_ptr<const asset> assets::find(std::string_view name) const
{
    const auto place = files_.find(name);
    if (place == files_.end() || folder_.empty())
        return place == files_.end() ? nullptr : place->second;
    std::ifstream file(folder_ / place->first, std::ios::binary);
    if (!file)
        return nullptr;
    return std::make_shared<const asset>(make_asset(name, std::string(std::istreambuf_iterator<char>(file), {})));
}

} // namespace fleetman::api
