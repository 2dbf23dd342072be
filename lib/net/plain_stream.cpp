#include "failure.hpp"

#include <fleetman/net/byte_stream.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <sys/sendfile.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace fleetman::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds closing_time{2};

// sendfile(2) has no MSG_NOSIGNAL: a peer that leaves early would end the process.
void ignore_broken_pipes()
{
    static const bool once = [] {
        struct sigaction current{};
        if (::sigaction(SIGPIPE, nullptr, &current) == 0 && current.sa_handler == SIG_DFL)
            std::signal(SIGPIPE, SIG_IGN);
        return true;
    }();
    static_cast<void>(once);
}

std::string name_of(const tcp::endpoint& remote)
{
    const std::string host = remote.address().to_string();
    return (remote.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(remote.port());
}

std::string name_of(const asio::local::stream_protocol::endpoint& remote)
{
    return "unix:" + remote.path();
}

template <class Protocol>
class plain final : public byte_stream
{
public:
    explicit plain(typename Protocol::socket socket) : stream_(std::move(socket))
    {
        boost::system::error_code ignored;
        peer_ = name_of(stream_.socket().remote_endpoint(ignored));
    }

    task<result<std::size_t>> read_some(asio::mutable_buffer into) override
    {
        const auto [failure, length] = co_await stream_.async_read_some(into, quietly);
        if (failure == asio::error::eof)
            co_return std::size_t{0};
        if (failure)
            co_return stream_failure("receive", failure);
        co_return length;
    }

    task<result<void>> write(std::span<const asio::const_buffer> buffers) override
    {
        const auto [failure, length] = co_await asio::async_write(stream_, buffers, quietly);
        if (failure)
            co_return stream_failure("send", failure);
        co_return result<void>();
    }

    task<result<void>> send_file(int descriptor, std::uint64_t offset, std::uint64_t length) override;

    void expires_after(std::chrono::milliseconds limit) override
    {
        stream_.expires_after(limit);
        deadline_ = std::chrono::steady_clock::now() + limit;
    }

    task<void> shutdown() override;

    void close() override { stream_.close(); }

    asio::any_io_executor executor() override { return stream_.get_executor(); }

    std::string peer() const override { return peer_; }

private:
    task<boost::system::error_code> room_to_write();

    boost::beast::basic_stream<Protocol> stream_;
    std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
    std::string peer_;
};

// The stream's own timer watches its reads and writes only.
template <class Protocol>
task<boost::system::error_code> plain<Protocol>::room_to_write()
{
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(stream_.get_executor(), deadline_);
    const auto first =
        co_await (stream_.socket().async_wait(asio::socket_base::wait_write, quietly) || timer.async_wait(quietly));
    if (first.index() == 1)
        co_return make_error_code(boost::beast::error::timeout);
    co_return std::get<0>(std::get<0>(first));
}

template <class Protocol>
task<result<void>> plain<Protocol>::send_file(int descriptor, std::uint64_t offset, std::uint64_t length)
{
    ignore_broken_pipes();
    boost::system::error_code failure;
    stream_.socket().native_non_blocking(true, failure);
    auto position = static_cast<off_t>(offset);
    while (!failure && length != 0) {
        const ssize_t sent = ::sendfile(stream_.socket().native_handle(), descriptor, &position, length);
        if (sent > 0) {
            length -= static_cast<std::uint64_t>(sent);
        } else if (sent == 0) {
            co_return error(errc::failed, "send file: it is " + std::to_string(length) + " bytes shorter than it was");
        } else if (errno == EAGAIN) {
            failure = co_await room_to_write();
        } else if (errno != EINTR) {
            failure.assign(errno, boost::system::system_category());
        }
    }
    if (failure)
        co_return stream_failure("send file", failure);
    co_return result<void>();
}

// Reads on after its own FIN: closing with unread input would send a reset, which can overtake what was written last.
template <class Protocol>
task<void> plain<Protocol>::shutdown()
{
    boost::system::error_code failure;
    stream_.socket().shutdown(asio::socket_base::shutdown_send, failure);
    stream_.expires_after(closing_time);
    std::array<char, 16'384> dropped;
    while (!failure)
        std::tie(failure, std::ignore) = co_await stream_.async_read_some(asio::buffer(dropped), quietly);
    stream_.close();
}

} // namespace

std::unique_ptr<byte_stream> plain_stream(tcp::socket socket)
{
    return std::make_unique<plain<tcp>>(std::move(socket));
}

std::unique_ptr<byte_stream> plain_stream(asio::local::stream_protocol::socket socket)
{
    return std::make_unique<plain<asio::local::stream_protocol>>(std::move(socket));
}

} // namespace fleetman::net
