#include "part_upload.hpp"
#include "put_parts.hpp"
#include "turnstile.hpp"

#include <fleetman/core/deadline.hpp>
#include <fleetman/core/task_group.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace fleetman::s3 {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

error too_short(const std::string& key)
{
    return error(errc::invalid, "put " + key + ": the body does not have the length that was announced");
}

// Shorter only at the end of the body.
task<result<std::string>> read_up_to(byte_source& body, std::uint64_t bytes)
{
    std::string all;
    while (all.size() < bytes) {
        result<std::string> piece =
            co_await body.read(static_cast<std::size_t>(std::min<std::uint64_t>(bytes - all.size(), copy_block_bytes)));
        if (!piece)
            co_return piece.error();
        if (piece->empty())
            break;
        all += *piece;
    }
    co_return all;
}

// What is left of a body, for one part of it.
class limited_source final : public byte_source
{
public:
    limited_source(byte_source& from, std::uint64_t length) : from_(from), left_(length) {}

    task<result<std::string>> read(std::size_t max) override
    {
        result<std::string> piece = co_await from_.read(static_cast<std::size_t>(std::min<std::uint64_t>(max, left_)));
        if (piece)
            left_ -= std::min<std::uint64_t>(left_, piece->size());
        co_return piece;
    }

private:
    byte_source& from_;
    std::uint64_t left_;
};

// A body on its way into the parts of an upload.
class parts_of_body
{
public:
    parts_of_body(session& on, std::string key, byte_source& body, std::optional<std::uint64_t> length,
        const boost::asio::any_io_executor& executor)
        : upload_(on, key), key_(std::move(key)), body_(body), length_(length), order_(executor),
          part_bytes_(bytes_of_part(on.settings().put_part_bytes, length.value_or(0)))
    {}

    // Parts of 10,000 at most: of a very long body they are longer.
    static std::uint64_t bytes_of_part(std::uint64_t wanted, std::uint64_t length)
    {
        const std::uint64_t least = (length + part_upload::most_parts - 1) / part_upload::most_parts;
        return least <= wanted ? wanted : (least + mebibyte - 1) / mebibyte * mebibyte;
    }
    std::uint64_t part_bytes() const { return part_bytes_; }

    task<result<std::string>> buffered(std::size_t senders) { return carry_out(upload_, send_buffered(senders)); }
    task<result<std::string>> streamed() { return carry_out(upload_, send_streamed()); }

    // Of a body that was begun to be read: its first part.
    void begins_with(std::string first) { first_ = std::move(first); }

private:
    task<result<std::uint64_t>> send_buffered(std::size_t senders)
    {
        result<void> sent = co_await for_each_concurrently(
            part_upload::most_parts, senders, [this](std::size_t part) { return pass_on(part); });
        if (!sent)
            co_return sent.error();
        if (!ended_)
            co_return error(errc::too_large, "put " + key_ + ": the body is longer than " +
                                                 std::to_string(part_upload::most_parts) + " parts of " +
                                                 std::to_string(part_bytes_ / mebibyte) + " MiB");
        co_return read_;
    }

    // The next part; shorter only at the end of the body.
    task<result<std::string>> next_part()
    {
        const std::uint64_t left = length_ ? *length_ - read_ : UINT64_MAX;
        const std::uint64_t wanted = std::min(part_bytes_, left);
        result<std::string> part = first_ ? *std::exchange(first_, std::nullopt) : co_await read_up_to(body_, wanted);
        if (!part)
            co_return part.error().within("put " + key_);
        if (length_ && part->size() != wanted)
            co_return too_short(key_);
        read_ += part->size();
        ended_ = part->size() < part_bytes_ || read_ == length_;
        co_return part;
    }

    task<result<void>> pass_on(std::size_t part)
    {
        turnstile::passage passage(order_);
        result<void> sent = co_await read_and_send(part);
        if (sent)
            passage.ends_well();
        co_return sent;
    }

    task<result<void>> read_and_send(std::size_t part)
    {
        if (!co_await order_.reach(part))
            co_return error(errc::cancelled, "another part failed");
        if (ended_ && part != 0) {
            order_.pass();
            co_return result<void>();
        }
        result<std::string> bytes = co_await next_part();
        if (!bytes)
            co_return bytes.error();
        order_.pass();
        // A stream that ends with a whole part shows it only now.
        if (bytes->empty() && part != 0)
            co_return result<void>();
        co_return co_await upload_.send(part, std::move(*bytes));
    }

    task<result<std::uint64_t>> send_streamed()
    {
        for (std::size_t part = 0; read_ < *length_; ++part) {
            const std::uint64_t count = std::min(part_bytes_, *length_ - read_);
            limited_source piece(body_, count);
            result<void> sent = co_await upload_.send(part, piece, count);
            if (!sent)
                co_return sent.error();
            read_ += count;
        }
        co_return read_;
    }

    part_upload upload_;
    std::string key_;
    byte_source& body_;
    std::optional<std::uint64_t> length_;
    std::optional<std::string> first_;
    turnstile order_;
    std::uint64_t part_bytes_;
    std::uint64_t read_ = 0;
    bool ended_ = false;
};

} // namespace

task<result<std::string>> put_in_parts(session& on, std::string key, byte_source& body, std::uint64_t length)
{
    const std::size_t senders = on.settings().parts_at_once;
    parts_of_body parts(on, std::move(key), body, length, co_await boost::asio::this_coro::executor);
    const bool fit = parts.part_bytes() <= on.settings().put_part_bytes;
    const auto buffers = fit ? on.part_buffers().try_acquire(senders) : std::optional<semaphore::permit>();
    if (buffers)
        co_return co_await parts.buffered(senders);
    co_return co_await parts.streamed();
}

task<result<std::string>> put_to_the_end(
    session& on, std::string key, byte_source& body, std::function<task<result<std::string>>(std::string)> put_whole)
{
    const std::size_t senders = on.settings().parts_at_once;
    const result<semaphore::permit> buffers =
        co_await with_deadline(on.part_buffers().acquire(senders), on.settings().upload_patience);
    if (!buffers)
        co_return buffers.error().within("put " + key + ": others have all buffers for parts");
    result<std::string> first = co_await read_up_to(body, on.settings().put_part_bytes);
    if (!first)
        co_return first.error().within("put " + key);
    if (first->size() < on.settings().put_part_bytes) {
        task<result<std::string>> putting = put_whole(std::move(*first));
        co_return co_await std::move(putting);
    }
    parts_of_body parts(on, std::move(key), body, std::nullopt, co_await boost::asio::this_coro::executor);
    parts.begins_with(std::move(*first));
    co_return co_await parts.buffered(senders);
}

} // namespace fleetman::s3
