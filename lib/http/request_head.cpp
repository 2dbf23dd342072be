#include "request_head.hpp"
#include "target.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace fleetman::http {

namespace beast = boost::beast;

namespace {

constexpr std::size_t head_block_bytes = 8192;

refusal refusal_for(const boost::system::error_code& failure)
{
    using beast::http::error;
    if (failure == error::header_limit)
        return {status::request_header_fields_too_large, "the request head is too large"};
    if (failure == error::body_limit)
        return {status::payload_too_large, "the body is too large"};
    if (failure == error::bad_version)
        return {status::http_version_not_supported, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
    return {status::bad_request, "malformed request: " + failure.message()};
}

// What Beast lets pass and RFC 9112 section 6.3 does not: a body whose end two servers could see differently.
std::optional<refusal> framing_fault(const request_parser& parser)
{
    const auto& fields = parser.get();
    const auto encodings = fields.count(field::transfer_encoding);
    if (encodings == 0)
        return std::nullopt;
    if (fields.version() < 11)
        return refusal{status::bad_request, "Transfer-Encoding in an HTTP/1.0 request"};
    if (!parser.chunked())
        return refusal{status::bad_request, "chunked is not the final transfer coding"};
    if (encodings != 1 || !beast::iequals(fields[field::transfer_encoding], "chunked"))
        return refusal{status::not_implemented, "no transfer coding but chunked is supported"};
    return std::nullopt;
}

std::optional<refusal> head_fault(const request_parser& parser)
{
    const auto& fields = parser.get();
    const auto hosts = fields.count(field::host);
    if (hosts > 1 || (hosts == 0 && fields.version() >= 11))
        return refusal{status::bad_request, "a request has exactly one Host field"};
    const beast::string_view expected = fields[field::expect];
    if (!expected.empty() && !beast::iequals(expected, "100-continue"))
        return refusal{status::expectation_failed, "only 100-continue can be expected"};
    return framing_fault(parser);
}

head_outcome interpret(incoming& from, request_parser& parser)
{
    if (std::optional<refusal> fault = head_fault(parser))
        return std::move(*fault);
    parsed_head head{};
    head.version = parser.get().version();
    head.keep_alive = parser.keep_alive();
    head.expects_continue = head.version >= 11 && parser.get().count(field::expect) != 0;

    request& message = head.message;
    message.method = parser.get().method();
    message.target = std::string(parser.get().target());
    message.peer = from.stream.peer();
    if (const auto length = parser.content_length())
        message.content_length = *length;
    if (result<void> understood = read_target(message); !understood)
        return refusal{status::bad_request, understood.error().message()};
    message.fields = std::move(static_cast<headers&>(parser.get().base()));
    return head;
}

} // namespace

task<bool> wait_for_request(incoming& from, std::chrono::milliseconds limit)
{
    if (from.buffer.size() != 0)
        co_return true;
    from.stream.expires_after(limit);
    result<std::size_t> received = co_await from.stream.read_some(from.buffer.prepare(head_block_bytes));
    if (!received || *received == 0)
        co_return false;
    from.buffer.commit(*received);
    co_return true;
}

task<head_outcome> read_head(incoming& from, request_parser& parser, const server_limits& limits)
{
    parser.header_limit(limits.header_bytes);
    parser.body_limit(limits.body_bytes);
    from.stream.expires_after(limits.head_deadline);
    for (;;) {
        boost::system::error_code failure;
        from.buffer.consume(parser.put(from.buffer.data(), failure));
        if (parser.is_header_done() && !failure)
            co_return interpret(from, parser);
        if (failure && failure != beast::http::error::need_more)
            co_return refusal_for(failure);

        result<std::size_t> received = co_await from.stream.read_some(from.buffer.prepare(head_block_bytes));
        if (!received || *received == 0)
            co_return peer_gone{};
        from.buffer.commit(*received);
    }
}

} // namespace fleetman::http
