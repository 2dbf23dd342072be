#include "faults.hpp"
#include "object_headers.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>

#include <algorithm>
#include <array>

namespace fleetman::s3server {

namespace {

constexpr std::string_view metadata_prefix = "x-amz-meta-";
constexpr std::size_t most_metadata_bytes = 2048; // names and values together

constexpr std::array<std::string_view, 6> content_headers{
    "content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires"};

// Promises that this store would break; a field of each family is refused rather than ignored.
constexpr std::array<std::string_view, 6> unsupported_families{"x-amz-server-side-encryption", "x-amz-tagging",
    "x-amz-object-lock-", "x-amz-website-redirect-location", "x-amz-grant-", "x-amz-write-offset-bytes"};

bool asks_for_unsupported(std::string_view name, std::string_view value)
{
    if (name == "x-amz-acl")
        return value != "private" && value != "bucket-owner-full-control";
    if (name == "x-amz-storage-class")
        return value != "STANDARD";
    return std::any_of(unsupported_families.begin(), unsupported_families.end(),
        [name](std::string_view family) { return name.starts_with(family); });
}

// "aws-chunked,gzip" is gzip by the time that it is stored.
std::string without_aws_chunked(std::string_view encodings)
{
    std::string kept;
    for (const std::string& one : split(encodings, ',')) {
        const std::string_view name = trimmed(one);
        if (name.empty() || name == "aws-chunked")
            continue;
        kept.append(kept.empty() ? "" : ",").append(name);
    }
    return kept;
}

bool is_content_header(std::string_view name)
{
    return std::find(content_headers.begin(), content_headers.end(), name) != content_headers.end();
}

} // namespace

result<kept_headers> headers_to_keep(const s3_request& asked)
{
    kept_headers kept;
    std::size_t metadata_bytes = 0;
    for (const auto& one : asked.http.fields) {
        std::string name = lower_case(one.name_string());
        std::string value(one.value());
        if (asks_for_unsupported(name, value))
            return make_error(fault::not_implemented, "The header " + name + ": " + value + " is not supported");
        if (name == "content-encoding")
            value = without_aws_chunked(value);
        const bool metadata = name.starts_with(metadata_prefix);
        if (metadata)
            metadata_bytes += name.size() - metadata_prefix.size() + value.size();
        if (metadata || (is_content_header(name) && !value.empty()))
            kept.emplace_back(std::move(name), std::move(value));
    }
    if (metadata_bytes > most_metadata_bytes)
        return make_error(fault::metadata_too_large);
    return kept;
}

void describe_object(http::response& into, const object_row& object, const s3_request& asked)
{
    into.set(http::field::etag, quoted_etag(object.etag));
    into.set(http::field::last_modified, http_date(object.modified));
    into.set(http::field::accept_ranges, "bytes");
    into.set(http::field::content_type, "binary/octet-stream");
    for (const auto& [name, value] : object.headers)
        into.set(name, value);
    for (const std::string_view name : content_headers)
        if (const std::string_view wanted = asked.parameter("response-" + std::string(name)); !wanted.empty())
            into.set(name, wanted);
}

std::string quoted_etag(std::string_view etag)
{
    return '"' + std::string(etag) + '"';
}

std::string bare_etag(std::string_view etag)
{
    etag = trimmed(etag);
    if (etag.starts_with("W/"))
        etag.remove_prefix(2);
    if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"')
        etag = etag.substr(1, etag.size() - 2);
    return std::string(etag);
}

} // namespace fleetman::s3server
