#include "response_writer.hpp"

#include <fleetman/core/bytes.hpp>

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace fleetman::http {

namespace asio = boost::asio;

namespace {

// A peer that takes less than this within the deadline is gone or hostile.
constexpr std::uint64_t send_block_bytes = 1'048'576;

// How the body's end is told to the peer.
struct framing
{
    bool has_body = true;                // false: nothing follows the head
    std::optional<std::uint64_t> length; // absent with a body: chunked, or until the connection closes
};

std::optional<std::uint64_t> body_length(const response& answer)
{
    if (const auto* text = std::get_if<std::string>(&answer.body))
        return text->size();
    if (const auto* shared = std::get_if<std::shared_ptr<const std::string>>(&answer.body))
        return (*shared)->size();
    if (const auto* file = std::get_if<file_body>(&answer.body))
        return file->length;
    return std::get<stream_body>(answer.body).length;
}

bool forbids_body(status code)
{
    return code == status::no_content || code == status::not_modified;
}

framing framing_of(const response& answer, verb method)
{
    framing how;
    how.length = body_length(answer);
    how.has_body = method != verb::head && !forbids_body(answer.code);
    return how;
}

// Sets the fields that say where the body ends. A HEAD answer without a body may state the length itself.
void set_framing_fields(response& answer, const framing& how, const answer_context& context)
{
    const bool states_own_length = !how.has_body && how.length == 0 && answer.fields.count(field::content_length) != 0;
    answer.fields.erase(field::transfer_encoding);
    if (states_own_length)
        return;
    answer.fields.erase(field::content_length);
    if (forbids_body(answer.code))
        return;
    if (how.length)
        answer.set(field::content_length, std::to_string(*how.length));
    else if (context.version >= 11)
        answer.set(field::transfer_encoding, "chunked");
}

bool would_split_head(std::string_view value)
{
    return value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

void append(std::string& head, std::string_view name, std::string_view value)
{
    head.append(name).append(": ").append(value).append("\r\n");
}

// Fails with invalid when a field's value holds a line end: it would add fields, or an answer, of someone's choice.
result<std::string> head_of(const response& answer, const answer_context& context)
{
    constexpr std::size_t usual_size = 1024;
    std::string head;
    head.reserve(usual_size);
    head += context.version >= 11 ? "HTTP/1.1 " : "HTTP/1.0 ";
    head += std::to_string(static_cast<unsigned>(answer.code));
    head += ' ';
    head += std::string_view(boost::beast::http::obsolete_reason(answer.code));
    head += "\r\n";
    for (const auto& one : answer.fields) {
        if (would_split_head(one.value()))
            return error(errc::invalid, "the answer's field " + std::string(one.name_string()) + " holds a line end");
        append(head, one.name_string(), one.value());
    }
    head += answer.more_fields;
    if (answer.fields.count(field::date) == 0)
        append(head, "Date", context.date);
    if (!context.keep_alive)
        append(head, "Connection", "close");
    else if (context.version < 11)
        append(head, "Connection", "keep-alive");
    head += "\r\n";
    return head;
}

// The head goes out together with the body's first block.
task<result<void>> write_text(
    net::byte_stream& to, std::string_view head, std::string_view body, std::chrono::milliseconds deadline)
{
    do {
        const std::string_view block = body.substr(0, send_block_bytes);
        const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(block)};
        to.expires_after(deadline);
        result<void> written = co_await to.write(buffers);
        if (!written)
            co_return written.error();
        head = {};
        body.remove_prefix(block.size());
    } while (!body.empty());
    co_return result<void>();
}

task<result<void>> write_file(net::byte_stream& to, file_body file, std::chrono::milliseconds deadline)
{
    while (file.length != 0) {
        const std::uint64_t block = std::min(file.length, send_block_bytes);
        to.expires_after(deadline);
        result<void> sent = co_await to.send_file(*file.descriptor, file.offset, block);
        if (!sent)
            co_return sent.error();
        file.offset += block;
        file.length -= block;
    }
    co_return result<void>();
}

task<result<void>> write_counted(
    net::byte_stream& to, byte_source& source, std::uint64_t length, std::chrono::milliseconds deadline)
{
    while (length != 0) {
        result<std::string> piece =
            co_await source.read(static_cast<std::size_t>(std::min<std::uint64_t>(length, copy_block_bytes)));
        if (!piece)
            co_return piece.error();
        if (piece->empty())
            co_return error(errc::failed, "the body ended " + std::to_string(length) + " bytes early");
        task<result<void>> writing = write_text(to, {}, *piece, deadline);
        result<void> written = co_await std::move(writing);
        if (!written)
            co_return written.error();
        length -= piece->size();
    }
    co_return result<void>();
}

std::string chunk_header(std::size_t length)
{
    std::array<char, 18> text{};
    char* const end = std::to_chars(text.data(), text.data() + 16, length, 16).ptr;
    return std::string(text.data(), end).append("\r\n");
}

// Each piece goes out as it comes, which is what makes server-sent events live.
task<result<void>> write_until_end(
    net::byte_stream& to, byte_source& source, bool chunked, std::chrono::milliseconds deadline)
{
    for (;;) {
        result<std::string> piece = co_await source.read(copy_block_bytes);
        if (!piece)
            co_return piece.error();
        const bool last = piece->empty();
        if (last && !chunked)
            co_return result<void>();
        const std::string header = chunked ? chunk_header(piece->size()) : std::string();
        const std::string_view line_end = chunked ? "\r\n" : "";
        const std::array<asio::const_buffer, 3> buffers{
            asio::buffer(header), asio::buffer(*piece), asio::buffer(line_end)};
        to.expires_after(deadline);
        result<void> written = co_await to.write(buffers);
        if (!written || last)
            co_return written;
    }
}

task<result<void>> write_body(net::byte_stream& to, response& answer, framing how, const answer_context& context)
{
    if (auto* file = std::get_if<file_body>(&answer.body))
        co_return co_await write_file(to, std::move(*file), context.block_deadline);
    byte_source& source = *std::get<stream_body>(answer.body).source;
    if (how.length)
        co_return co_await write_counted(to, source, *how.length, context.block_deadline);
    co_return co_await write_until_end(to, source, context.version >= 11, context.block_deadline);
}

std::string_view text_of(const response& answer)
{
    if (const auto* text = std::get_if<std::string>(&answer.body))
        return *text;
    if (const auto* shared = std::get_if<std::shared_ptr<const std::string>>(&answer.body))
        return **shared;
    return {};
}

} // namespace

task<result<bool>> write_response(net::byte_stream& to, response answer, answer_context context)
{
    const framing how = framing_of(answer, context.method);
    set_framing_fields(answer, how, context);
    const bool ends_by_closing = how.has_body && !how.length && context.version < 11;
    const bool asked_to_close = boost::beast::iequals(answer.fields[field::connection], "close");
    context.keep_alive = context.keep_alive && !ends_by_closing && !asked_to_close;
    answer.fields.erase(field::connection);

    result<std::string> head = head_of(answer, context);
    if (!head)
        co_return head.error();
    const std::string_view text = how.has_body ? text_of(answer) : std::string_view();
    const bool from_file = how.has_body && std::holds_alternative<file_body>(answer.body);
    const bool more = how.has_body && answer.body.index() >= 2; // a file or a stream
    if (from_file)
        to.hold(true);
    result<void> sent = co_await write_text(to, *head, text, context.block_deadline);
    if (sent && more)
        sent = co_await write_body(to, answer, how, context);
    if (from_file)
        to.hold(false);
    if (!sent)
        co_return sent.error();
    co_return context.keep_alive;
}

} // namespace fleetman::http
