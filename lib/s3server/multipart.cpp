#include "conditions.hpp"
#include "faults.hpp"
#include "object_headers.hpp"
#include "operations.hpp"
#include "receive_body.hpp"
#include "xml_writer.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>

#include <pugixml.hpp>

#include <map>

namespace fleetman::s3server {

namespace {

// S3 user guide, "Amazon S3 multipart upload limits".
constexpr unsigned most_parts = 10'000;
constexpr std::uint64_t smallest_part = 5'242'880;
constexpr std::size_t listed_parts = 1000;
constexpr std::uint64_t largest_document = 2'097'152;

struct chosen_part
{
    unsigned number;
    std::string etag;
};

result<std::vector<chosen_part>> read_choice(const std::string& document)
{
    pugi::xml_document xml;
    const pugi::xml_parse_result parsed = xml.load_buffer(document.data(), document.size());
    const pugi::xml_node root = xml.child("CompleteMultipartUpload");
    if (!parsed || !root)
        return make_error(fault::malformed_xml);
    std::vector<chosen_part> chosen;
    for (const pugi::xml_node& one : root.children("Part")) {
        const auto number = parse_integer<unsigned>(trimmed(one.child("PartNumber").text().as_string()));
        if (!number || *number < 1 || *number > most_parts)
            return make_error(fault::malformed_xml);
        if (!chosen.empty() && *number <= chosen.back().number)
            return make_error(fault::invalid_part_order);
        chosen.push_back({*number, bare_etag(one.child("ETag").text().as_string())});
    }
    if (chosen.empty())
        return make_error(fault::malformed_xml);
    return chosen;
}

result<std::vector<part_row>> match_parts(const std::vector<chosen_part>& chosen, const std::vector<part_row>& present)
{
    std::map<unsigned, const part_row*> by_number;
    for (const part_row& one : present)
        by_number[one.number] = &one;
    std::vector<part_row> matched;
    for (const chosen_part& one : chosen) {
        const auto found = by_number.find(one.number);
        if (found == by_number.end() || found->second->etag != one.etag)
            return make_error(fault::invalid_part);
        matched.push_back(*found->second);
    }
    for (std::size_t i = 0; i + 1 < matched.size(); ++i)
        if (matched[i].size < smallest_part)
            return make_error(fault::entity_too_small);
    return matched;
}

int hex_digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

// The MD5 of the parts' MD5s, and how many there were: how S3 names what it never hashed in one go.
std::string combined_etag(const std::vector<part_row>& parts)
{
    std::string raw;
    for (const part_row& one : parts)
        for (std::size_t i = 0; i + 1 < one.etag.size(); i += 2)
            raw.push_back(static_cast<char>(hex_digit(one.etag[i]) * 16 + hex_digit(one.etag[i + 1])));
    return md5_hex(raw) + "-" + std::to_string(parts.size());
}

// Blocks; for a worker.
result<std::string> assemble(const body_store& bodies, const std::vector<part_row>& parts)
{
    result<body_file> whole = bodies.create();
    if (!whole)
        return whole.error();
    for (const part_row& one : parts) {
        result<file_descriptor> part = bodies.read(one.file);
        if (!part)
            return make_error(fault::invalid_part); // replaced or aborted meanwhile
        result<void> added = whole->append_file(**part, one.size);
        if (!added)
            return added.error();
    }
    return bodies.finish(std::move(*whole));
}

struct upload_with_parts
{
    upload_row upload;
    std::vector<part_row> parts;
};

task<result<upload_with_parts>> find_upload(s3_request& asked, store_parts& store, unsigned after, std::size_t limit)
{
    co_return co_await store.index.read([&](index_reader& index) -> result<upload_with_parts> {
        const std::string_view id = asked.parameter("uploadId");
        result<upload_row> upload = index.upload(id, asked.bucket, asked.key);
        if (!upload)
            return upload.error();
        result<std::vector<part_row>> parts = index.parts(id, after, limit);
        if (!parts)
            return parts.error();
        return upload_with_parts{std::move(*upload), std::move(*parts)};
    });
}

object_row describe_whole(const s3_request& asked, upload_row upload, const std::vector<part_row>& parts)
{
    object_row whole;
    whole.key = asked.key;
    whole.headers = std::move(upload.headers);
    whole.etag = combined_etag(parts);
    for (const part_row& one : parts)
        whole.size += one.size;
    return whole;
}

} // namespace

answer create_upload(s3_request& asked, store_parts& store)
{
    result<kept_headers> headers = headers_to_keep(asked);
    if (!headers)
        co_return headers.error();
    const upload_row upload{random_hex(16), 0, asked.key, store.time.now(), std::move(*headers)};
    result<void> created =
        co_await store.index.write([&](index_writer& index) { return index.create_upload(asked.bucket, upload); });
    if (!created)
        co_return created.error();
    xml_writer xml("InitiateMultipartUploadResult");
    xml.text("Bucket", asked.bucket).text("Key", asked.key).text("UploadId", upload.id);
    co_return xml_answer(xml.finish());
}

answer upload_part(s3_request& asked, store_parts& store)
{
    const auto number = parse_integer<unsigned>(asked.parameter("partNumber"));
    if (!number || *number < 1 || *number > most_parts)
        co_return make_error(fault::invalid_argument, "Part number must be an integer between 1 and 10000");
    if (!asked.header("x-amz-copy-source").empty())
        co_return make_error(fault::not_implemented, "UploadPartCopy is not supported");
    // Before the body is read: an upload that is gone should not cost its sender 5 GiB.
    result<upload_with_parts> known = co_await find_upload(asked, store, 0, 0);
    if (!known)
        co_return known.error();
    result<received_body> received = co_await receive_body(asked, store, placement::always_file);
    if (!received)
        co_return received.error();

    const part_row part{
        *number, received->size, to_hex(received->md5), store.time.now(), std::move(received->body.file)};
    result<freed_files> written = co_await store.index.write(
        [&](index_writer& index) { return index.put_part(asked.parameter("uploadId"), part); });
    if (!written) {
        co_await remove_files(store, {part.file});
        co_return written.error();
    }
    co_await remove_files(store, std::move(*written));
    http::response done = http::response::empty(http::status::ok);
    done.set(http::field::etag, quoted_etag(part.etag));
    co_return done;
}

answer list_parts(s3_request& asked, store_parts& store)
{
    result<std::size_t> limit = limit_parameter(asked, "max-parts", listed_parts);
    if (!limit)
        co_return limit.error();
    result<std::size_t> after =
        asked.has("part-number-marker") ? limit_parameter(asked, "part-number-marker", most_parts) : std::size_t{0};
    if (!after)
        co_return after.error();
    result<upload_with_parts> found = co_await find_upload(asked, store, static_cast<unsigned>(*after), *limit + 1);
    if (!found)
        co_return found.error();
    const bool truncated = found->parts.size() > *limit;
    found->parts.resize(std::min(found->parts.size(), *limit));

    xml_writer xml("ListPartsResult");
    xml.text("Bucket", asked.bucket).text("Key", asked.key).text("UploadId", found->upload.id);
    xml.number("PartNumberMarker", *after).number("MaxParts", *limit).flag("IsTruncated", truncated);
    if (!found->parts.empty())
        xml.number("NextPartNumberMarker", found->parts.back().number);
    for (const part_row& one : found->parts)
        xml.begin("Part")
            .number("PartNumber", one.number)
            .text("LastModified", rfc3339_millis(one.modified))
            .text("ETag", quoted_etag(one.etag))
            .number("Size", one.size)
            .end();
    co_return xml_answer(xml.finish());
}

answer complete_upload(s3_request& asked, store_parts& store)
{
    result<write_condition> when = condition_of_write(asked);
    if (!when)
        co_return when.error();
    result<std::string> document = co_await receive_document(asked, largest_document);
    if (!document)
        co_return document.error();
    result<std::vector<chosen_part>> chosen = read_choice(*document);
    if (!chosen)
        co_return chosen.error();
    result<upload_with_parts> found = co_await find_upload(asked, store, 0, most_parts);
    if (!found)
        co_return found.error();
    result<std::vector<part_row>> parts = match_parts(*chosen, found->parts);
    if (!parts)
        co_return parts.error();

    object_row object = describe_whole(asked, std::move(found->upload), *parts);
    result<std::string> file = co_await store.workers.run([&] { return assemble(store.bodies, *parts); });
    if (!file)
        co_return file.error();
    object.body.file = std::move(*file);
    object.modified = store.time.now();
    result<freed_files> written = co_await store.index.write([&](index_writer& index) {
        return index.complete_upload(asked.bucket, asked.parameter("uploadId"), object, *when);
    });
    co_await remove_files(store, written ? std::move(*written) : freed_files{object.body.file});
    if (!written)
        co_return written.error();
    xml_writer xml("CompleteMultipartUploadResult");
    xml.text("Location", "/" + asked.bucket + "/" + asked.key).text("Bucket", asked.bucket).text("Key", asked.key);
    xml.text("ETag", quoted_etag(object.etag));
    co_return xml_answer(xml.finish());
}

answer abort_upload(s3_request& asked, store_parts& store)
{
    result<upload_with_parts> found = co_await find_upload(asked, store, 0, 0);
    if (!found)
        co_return found.error();
    result<freed_files> freed = co_await store.index.write(
        [&](index_writer& index) { return index.abort_upload(asked.parameter("uploadId")); });
    if (!freed)
        co_return freed.error();
    co_await remove_files(store, std::move(*freed));
    co_return http::response::empty(http::status::no_content);
}

} // namespace fleetman::s3server
