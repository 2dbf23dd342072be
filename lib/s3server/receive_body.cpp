#include "checksums.hpp"
#include "faults.hpp"
#include "receive_body.hpp"

#include <fleetman/core/digest.hpp>

#include <algorithm>

namespace fleetman::s3server {

namespace {

// What is hashed and written in one go on a worker: a hop a mebibyte does not show.
constexpr std::size_t write_block_bytes = 1'048'576;

// Everything that is computed over a body.
struct digests
{
    explicit digests(claimed_checksums claims) : claimed(std::move(claims)) {}

    void update(std::string_view bytes)
    {
        md5.update(bytes);
        sha256.update(bytes);
        claimed.update(bytes);
    }

    // Fills the digests of `into` and holds them to what was claimed.
    result<void> finish(const s3_request& asked, received_body& into)
    {
        into.md5 = md5.finish();
        const std::string raw = sha256.finish();
        into.sha256 = to_hex(raw);
        return claimed.verify(asked, into.md5, raw);
    }

    hasher md5{hash::md5};
    hasher sha256{hash::sha256};
    claimed_checksums claimed;
};

// Up to `most` bytes, fewer only at the body's end.
task<result<std::string>> read_block(byte_source& from, std::size_t most)
{
    std::string block;
    while (block.size() < most) {
        result<std::string> piece = co_await from.read(most - block.size());
        if (!piece)
            co_return piece.error();
        if (piece->empty())
            break;
        if (block.empty())
            block = std::move(*piece);
        else
            block.append(*piece);
    }
    co_return block;
}

task<result<received_body>> receive_small(s3_request& asked, digests& hashes)
{
    const auto expected = static_cast<std::size_t>(*asked.length);
    result<std::string> block = co_await read_block(*asked.body, expected + 1);
    if (!block)
        co_return block.error();
    if (block->size() != expected)
        co_return make_error(fault::incomplete_body);
    hashes.update(*block);
    received_body received;
    received.size = block->size();
    received.body.bytes = std::move(*block);
    result<void> sound = hashes.finish(asked, received);
    if (!sound)
        co_return sound.error();
    co_return received;
}

task<result<received_body>> receive_file(s3_request& asked, store_parts& store, digests& hashes)
{
    result<body_file> file = co_await store.workers.run([&store] { return store.bodies.create(); });
    if (!file)
        co_return file.error();
    received_body received;
    for (;;) {
        result<std::string> block = co_await read_block(*asked.body, write_block_bytes);
        if (!block)
            co_return block.error();
        if (block->empty())
            break;
        received.size += block->size();
        if (received.size > *asked.length)
            co_return make_error(fault::incomplete_body);
        result<void> written = co_await store.workers.run([&file, &block, &hashes] {
            hashes.update(*block);
            return file->append(*block);
        });
        if (!written)
            co_return written.error();
    }
    if (received.size != *asked.length)
        co_return make_error(fault::incomplete_body);
    result<void> sound = hashes.finish(asked, received);
    if (!sound)
        co_return sound.error();
    result<std::string> name =
        co_await store.workers.run([&store, &file] { return store.bodies.finish(std::move(*file)); });
    if (!name)
        co_return name.error();
    received.body.file = std::move(*name);
    co_return received;
}

} // namespace

task<result<received_body>> receive_body(s3_request& asked, store_parts& store, placement where)
{
    if (!asked.length)
        co_return make_error(fault::missing_content_length);
    if (*asked.length > largest_upload_bytes)
        co_return make_error(fault::entity_too_large);
    result<claimed_checksums> claims = claimed_checksums::of(asked);
    if (!claims)
        co_return claims.error();
    digests hashes(std::move(*claims));
    if (where == placement::by_size && *asked.length <= small_body_bytes)
        co_return co_await receive_small(asked, hashes);
    co_return co_await receive_file(asked, store, hashes);
}

task<result<std::string>> receive_document(s3_request& asked, std::uint64_t most)
{
    if (!asked.length)
        co_return make_error(fault::missing_content_length);
    if (*asked.length > most)
        co_return make_error(fault::entity_too_large);
    result<claimed_checksums> claims = claimed_checksums::of(asked);
    if (!claims)
        co_return claims.error();
    digests hashes(std::move(*claims));
    result<received_body> received = co_await receive_small(asked, hashes);
    if (!received)
        co_return received.error();
    co_return std::move(received->body.bytes);
}

} // namespace fleetman::s3server
