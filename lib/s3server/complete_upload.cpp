#include "conditions.hpp"
#include "faults.hpp"
#include "multipart.hpp"
#include "object_headers.hpp"
#include "operations.hpp"
#include "receive_body.hpp"
#include "xml_writer.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/text.hpp>

#include <pugixml.hpp>

#include <map>

namespace fleetman::s3server {

namespace {

// S3 user guide, "Amazon S3 multipart upload limits".
constexpr std::uint64_t smallest_part = 5'242'880;
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
    store.tell(asked.bucket, asked.key);
    xml_writer xml("CompleteMultipartUploadResult");
    xml.text("Location", "/" + asked.bucket + "/" + asked.key).text("Bucket", asked.bucket).text("Key", asked.key);
    xml.text("ETag", quoted_etag(object.etag));
    co_return xml_answer(xml.finish());
}

} // namespace fleetman::s3server
