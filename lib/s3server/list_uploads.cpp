#include "faults.hpp"
#include "operations.hpp"
#include "xml_writer.hpp"

#include <fleetman/core/timestamp.hpp>
#include <fleetman/sigv4/encoding.hpp>

#include <utility>

// ListMultipartUploads: what was begun in parts and not yet completed, in the order of keys and then of uploads.

namespace fleetman::s3server {

namespace {

constexpr std::size_t most_uploads = 1000;
constexpr std::string_view after_every_id = "~"; // ids are hex

// A key has no NUL: what is behind one is the upload's id, and so an upload has its place between keys.
std::string joined(std::string_view key, std::string_view id)
{
    return std::string(key).append(1, '\0').append(id);
}

std::pair<std::string_view, std::string_view> parted(std::string_view text)
{
    const std::size_t end = text.find('\0');
    return end == std::string_view::npos ? std::pair(text, std::string_view())
                                         : std::pair(text.substr(0, end), text.substr(end + 1));
}

result<listing_query> read_query(const s3_request& asked)
{
    const std::string_view encoding = asked.parameter("encoding-type");
    if (!encoding.empty() && encoding != "url")
        return make_error(fault::invalid_argument, "encoding-type can only be url");
    const result<std::size_t> limit = limit_parameter(asked, "max-uploads", most_uploads);
    if (!limit)
        return limit.error();
    listing_query query{std::string(asked.parameter("prefix")), std::string(asked.parameter("delimiter")), {}, *limit};
    const std::string_view key = asked.parameter("key-marker");
    const std::string_view id = asked.parameter("upload-id-marker");
    if (!key.empty()) // without it the other one means nothing (S3 API reference)
        query.after = joined(key, id.empty() ? after_every_id : id);
    return query;
}

std::string document_of(const s3_request& asked, const listing_query& query, const listing_page& page)
{
    const bool encoded = asked.has("encoding-type");
    const auto spelled = [encoded](
                             std::string_view text) { return encoded ? sigv4::encode_path(text) : std::string(text); };
    xml_writer xml("ListMultipartUploadsResult");
    xml.text("Bucket", asked.bucket).text("KeyMarker", spelled(asked.parameter("key-marker")));
    xml.text("UploadIdMarker", asked.parameter("upload-id-marker")).text("Prefix", spelled(query.prefix));
    if (!query.delimiter.empty())
        xml.text("Delimiter", spelled(query.delimiter));
    if (encoded)
        xml.text("EncodingType", "url");
    xml.number("MaxUploads", query.max_entries).flag("IsTruncated", page.truncated);
    if (page.truncated) {
        const auto [key, id] = parted(page.last);
        xml.text("NextKeyMarker", spelled(key)).text("NextUploadIdMarker", id);
    }
    for (const listed_object& one : page.objects) {
        const auto [key, id] = parted(one.key);
        xml.begin("Upload").text("Key", spelled(key)).text("UploadId", id).text("StorageClass", "STANDARD");
        xml.text("Initiated", rfc3339_millis(one.modified)).end();
    }
    for (const std::string& one : page.common_prefixes)
        xml.begin("CommonPrefixes").text("Prefix", spelled(one)).end();
    return xml.finish();
}

} // namespace

answer list_uploads(s3_request& asked, store_parts& store)
{
    const result<listing_query> query = read_query(asked);
    if (!query)
        co_return query.error();
    result<std::string> document = co_await store.index.read([&](index_reader& index) -> result<std::string> {
        const result<bucket_row> in = index.bucket(asked.bucket);
        if (!in)
            return in.error();
        const auto seek = [&](std::string_view from, bool inclusive,
                              std::size_t limit) -> result<std::vector<listed_object>> {
            const auto [key, id] = parted(from);
            result<std::vector<upload_row>> rows =
                index.uploads(in->id, {std::string(key), std::string(id)}, inclusive, limit);
            if (!rows)
                return rows.error();
            std::vector<listed_object> found;
            for (const upload_row& one : *rows)
                found.push_back({joined(one.key, one.id), 0, {}, one.created});
            return found;
        };
        const result<listing_page> page = list_keys(seek, *query);
        if (!page)
            return page.error();
        return document_of(asked, *query, *page);
    });
    if (!document)
        co_return document.error();
    co_return xml_answer(std::move(*document));
}

} // namespace fleetman::s3server
