#include <fleetman/core/text.hpp>
#include <fleetman/net/http_call.hpp>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include <array>
#include <optional>

namespace fleetman::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::uint32_t head_max_bytes = 65'536;
constexpr std::size_t block_bytes = 16'384;
constexpr unsigned most_interim_answers = 10;

using parser = http::response_parser<http::buffer_body>;

result<std::string> head_of(const http_call& call)
{
    std::string head = call.method + ' ' + call.target + " HTTP/1.1";
    std::vector<std::string> lines{head, "Host: " + call.host, "Connection: close", "User-Agent: fleetman"};
    for (const auto& [name, value] : call.headers)
        lines.push_back(std::string(name).append(": ").append(value));
    if (!call.body.empty())
        lines.push_back("Content-Length: " + std::to_string(call.body.size()));
    head.clear();
    for (const std::string& line : lines) {
        if (has_control_character(line))
            return error(errc::invalid, "a line of the request would be two: " + in_quotes(line));
        head.append(line).append("\r\n");
    }
    return head.append("\r\n");
}

// One answer as it comes in.
class reading
{
public:
    reading(byte_stream& stream, std::size_t max_body) : stream_(stream), max_body_(max_body) {}

    task<result<http_answer>> run()
    {
        for (unsigned i = 0; i < most_interim_answers; ++i) {
            message_.emplace();
            message_->header_limit(head_max_bytes);
            message_->body_limit(boost::none);
            while (!message_->is_header_done())
                if (const result<void> fed = co_await feed(); !fed)
                    co_return fed.error();
            if (message_->get().result_int() >= 200)
                co_return co_await body();
        }
        co_return error(errc::unavailable, "no end of interim answers");
    }

private:
    task<result<http_answer>> body()
    {
        http_answer answer{.status = message_->get().result_int()};
        std::array<char, block_bytes> block{};
        message_->eager(true);
        while (!message_->is_done() && !answer.truncated) {
            message_->get().body().data = block.data();
            message_->get().body().size = block.size();
            if (const result<void> fed = co_await feed(); !fed)
                co_return fed.error();
            const std::size_t got = block.size() - message_->get().body().size;
            const std::size_t kept = std::min(got, max_body_ - answer.body.size());
            answer.body.append(block.data(), kept);
            answer.truncated = kept < got;
        }
        co_return answer;
    }

    // Gives the parser what is there, after receiving more when there is nothing that it can use.
    task<result<void>> feed()
    {
        if (hungry_) {
            const result<std::size_t> length = co_await stream_.read_some(received_.prepare(block_bytes));
            if (!length)
                co_return length.error();
            received_.commit(*length);
            boost::system::error_code failure;
            if (*length == 0) {
                if (message_->got_some())
                    message_->put_eof(failure);
                if (failure || !message_->is_done())
                    co_return error(errc::unavailable, "the connection was closed before a whole answer came");
                co_return result<void>();
            }
        }
        boost::system::error_code failure;
        received_.consume(message_->put(received_.data(), failure));
        hungry_ = failure == http::error::need_more || received_.size() == 0;
        if (failure && failure != http::error::need_more && failure != http::error::need_buffer)
            co_return error(errc::unavailable, "the answer is not HTTP: " + failure.message());
        co_return result<void>();
    }

    byte_stream& stream_;
    std::size_t max_body_;
    boost::beast::flat_buffer received_;
    std::optional<parser> message_;
    bool hungry_ = true; // nothing received that the parser has not seen
};

} // namespace

task<result<http_answer>> exchange_once(
    byte_stream& stream, http_call call, std::size_t max_body, std::chrono::milliseconds limit)
{
    const result<std::string> head = head_of(call);
    if (!head)
        co_return head.error();
    stream.expires_after(limit);
    const std::array<asio::const_buffer, 2> parts{asio::buffer(*head), asio::buffer(call.body)};
    // A server that answers before it has read all of it may have closed: its answer counts.
    const result<void> sent = co_await stream.write(parts);
    reading answer(stream, max_body);
    result<http_answer> got = co_await answer.run();
    if (!got && !sent)
        co_return sent.error();
    co_return got;
}

} // namespace fleetman::net
