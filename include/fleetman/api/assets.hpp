#pragma once

#include <fleetman/core/result.hpp>
#include <fleetman/http/shared_body.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// The files of the page and the API's description. They are found by an exact match in a table that is made at start,
// so no request can name a file of ours that is not there.

namespace fleetman::api {

// A file that the build put into the program (cmake/build_page.mjs).
struct embedded_file
{
    std::string_view name; // "index.html", "assets/<hash of all>/app.mjs"
    std::string_view content;
    std::string_view gzip{}; // empty: only as it is
    std::string_view brotli{};
};

struct asset
{
    http::shared_body content;
    std::optional<http::shared_body> gzip; // nothing: only as it is
    std::optional<http::shared_body> brotli;
    std::string_view type; // a media type
    std::string etag;
    bool immutable = false; // its name changes with its content
};

// Whether an Accept-Encoding field takes a content coding, "gzip" or "br" (RFC 9110 section 12.5.3).
bool accepts_coding(std::string_view field, std::string_view coding);

class assets
{
public:
    // From the program, or from a folder as the target page_dev makes it, whose files are then read anew for each
    // request (`--dev-static`).
    static assets embedded(std::span<const embedded_file> files);
    static result<assets> from_folder(const std::filesystem::path& folder);

    // Nothing when there is no such file. Blocks briefly with a folder.
    std::shared_ptr<const asset> find(std::string_view name) const;

private:
    std::map<std::string, std::shared_ptr<const asset>, std::less<>> files_;
    std::filesystem::path folder_; // empty: embedded
};

} // namespace fleetman::api
