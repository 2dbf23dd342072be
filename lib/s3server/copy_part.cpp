#include "conditions.hpp"
#include "copy_source.hpp"
#include "faults.hpp"
#include "object_headers.hpp"
#include "open_object.hpp"
#include "operations.hpp"
#include "xml_writer.hpp"

#include <fleetman/core/digest.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>

// UploadPartCopy: how clients copy objects that are large to them on the server's side.

namespace fleetman::s3server {

namespace {

constexpr std::size_t read_block_bytes = 1'048'576;

// All of the source, or the range asked for, which must lie inside it.
result<byte_range> range_to_copy(const s3_request& asked, std::uint64_t size)
{
    const std::string_view header = asked.header("x-amz-copy-source-range");
    if (header.empty())
        return byte_range{0, size};
    const result<std::optional<byte_range>> range = range_of(header, size);
    const auto last = parse_integer<std::uint64_t>(header.substr(header.find('-') + 1));
    if (!range || !*range || !last || *last >= size)
        return make_error(
            fault::invalid_argument, "x-amz-copy-source-range must be bytes=first-last within the source");
    return **range;
}

// Calls `take` with each block. Blocks.
template <class Take>
result<void> read_range(const readable_object& from, byte_range range, Take take)
{
    if (!from.file)
        return take(std::string_view(from.row.body.bytes).substr(range.first, range.length));
    std::string block(std::min<std::uint64_t>(range.length, read_block_bytes), '\0');
    while (range.length != 0) {
        const ssize_t length = ::pread(*from.file, block.data(), std::min<std::uint64_t>(range.length, block.size()),
            static_cast<off_t>(range.first));
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            return error(errc::failed, "the source's file cannot be read, or is shorter than the index says");
        result<void> taken = take(std::string_view(block).substr(0, static_cast<std::size_t>(length)));
        if (!taken)
            return taken;
        range.first += static_cast<std::uint64_t>(length);
        range.length -= static_cast<std::uint64_t>(length);
    }
    return {};
}

// Blocks; for a worker.
result<part_row> make_part(const body_store& bodies, const readable_object& from, byte_range range, unsigned number)
{
    result<body_file> file = bodies.create();
    if (!file)
        return file.error();
    hasher md5(hash::md5);
    result<void> copied = read_range(from, range, [&](std::string_view block) {
        md5.update(block);
        return file->append(block);
    });
    if (!copied)
        return copied.error();
    result<std::string> name = bodies.finish(std::move(*file));
    if (!name)
        return name.error();
    return part_row{number, range.length, to_hex(md5.finish()), {}, std::move(*name)};
}

} // namespace

answer copy_part(s3_request& asked, store_parts& store)
{
    const result<unsigned> number = part_number(asked);
    if (!number)
        co_return number.error();
    const result<copy_source> source = source_of(asked);
    if (!source)
        co_return source.error();
    result<upload_row> upload = co_await store.index.read(
        [&asked](index_reader& index) { return index.upload(asked.parameter("uploadId"), asked.bucket, asked.key); });
    if (!upload)
        co_return upload.error();
    const result<readable_object> from = co_await open_object(store, source->bucket, source->key);
    if (!from)
        co_return from.error();
    if (judge_read(asked, from->row, "x-amz-copy-source-") != verdict::go_on)
        co_return make_error(fault::precondition_failed);
    const result<byte_range> range = range_to_copy(asked, from->row.size);
    if (!range)
        co_return range.error();

    result<part_row> part = co_await store.workers.run([&] { return make_part(store.bodies, *from, *range, *number); });
    if (!part)
        co_return part.error();
    part->modified = store.time.now();
    result<void> kept = co_await keep_part(asked, store, *part);
    if (!kept)
        co_return kept.error();
    xml_writer xml("CopyPartResult");
    xml.text("LastModified", rfc3339_millis(part->modified)).text("ETag", quoted_etag(part->etag));
    co_return xml_answer(xml.finish());
}

} // namespace fleetman::s3server
