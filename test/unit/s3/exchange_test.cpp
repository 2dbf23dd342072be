#include "../../../lib/s3/http_exchange.hpp"

#include <fleetman/testing/imposter.hpp>
#include <fleetman/testing/run.hpp>

#include <boost/asio/system_executor.hpp>
#include <catch2/catch.hpp>

#include <algorithm>

using namespace fleetman;
using namespace fleetman::testing;

// One request and its answer, on a connection that notes what is done with it.

namespace {

class noting_stream final : public net::byte_stream
{
public:
    explicit noting_stream(std::string answer) : answer_(std::move(answer)) {}

    task<result<std::size_t>> read_some(boost::asio::mutable_buffer into) override
    {
        const std::size_t count = boost::asio::buffer_copy(into, boost::asio::buffer(answer_));
        answer_.erase(0, count);
        co_return count;
    }

    task<result<void>> write(std::span<const boost::asio::const_buffer> buffers) override
    {
        largest_write = std::max(largest_write, boost::asio::buffer_size(buffers));
        under_an_old_deadline += deadline_is_fresh_ ? 0U : 1U;
        deadline_is_fresh_ = false;
        for (const auto& one : buffers)
            written.append(static_cast<const char*>(one.data()), one.size());
        co_return result<void>();
    }

    task<result<void>> send_file(int, std::uint64_t, std::uint64_t) override { co_return result<void>(); }
    void expires_after(std::chrono::milliseconds) override { deadline_is_fresh_ = true; }
    task<void> shutdown() override { co_return; }
    void close() override {}
    boost::asio::any_io_executor executor() override { return boost::asio::system_executor(); }
    std::string peer() const override { return {}; }

    std::string written;
    std::size_t largest_write = 0;
    std::size_t under_an_old_deadline = 0;

private:
    std::string answer_;
    bool deadline_is_fresh_ = false;
};

} // namespace

TEST_CASE("a body is sent by the block, each with a deadline of its own", "[s3]")
{
    const std::size_t length = GENERATE(std::size_t{0}, std::size_t{1}, copy_block_bytes, 3 * copy_block_bytes + 7);
    std::string body(length, '\0');
    for (std::size_t i = 0; i < length; ++i)
        body[i] = static_cast<char>('a' + (i + i / 251) % 26);
    auto stream = std::make_unique<noting_stream>(http_answer(200, ""));
    const noting_stream& noted = *stream;
    s3::pooled_connection on;
    on.stream = std::move(stream);
    s3::wire_request request;
    request.method = "PUT";
    request.target = "/fleet/a";
    request.body = body;

    const auto outcome = run(s3::exchange_http(on, request, {}, {milliseconds(1000), 1}));
    CHECK(outcome.answer.value().status == 200);
    const std::size_t head = noted.written.find("\r\n\r\n") + 4;
    CHECK((noted.written.substr(head) == body));
    CHECK(noted.largest_write <= head + copy_block_bytes);
    CHECK(noted.under_an_old_deadline == 0);
}
