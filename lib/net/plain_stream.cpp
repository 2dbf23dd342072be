#include "failure.hpp"
#include "watched_socket.hpp"

#include <fleetman/net/byte_stream.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <type_traits>
#include <vector>

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

// Takes what has been sent off the front.
void consume(std::vector<asio::const_buffer>& buffers, std::size_t sent)
{
    auto first = buffers.begin();
    while (first != buffers.end() && sent >= first->size())
        sent -= (first++)->size();
    if (first != buffers.end())
        *first += sent;
    buffers.erase(buffers.begin(), first);
}

template <class Protocol>
class plain final : public byte_stream
{
public:
    explicit plain(typename Protocol::socket socket)
        : on_(std::make_shared<watched_socket<Protocol>>(std::move(socket)))
    {
        boost::system::error_code ignored;
        on_->socket.non_blocking(true, ignored);
        peer_ = name_of(on_->socket.remote_endpoint(ignored));
    }
    ~plain() override { on_->close(); }

    task<result<std::size_t>> read_some(asio::mutable_buffer into) override
    {
        if (on_->is_late())
            co_return stream_failure("receive", make_error_code(boost::beast::error::timeout));
        const typename watched_socket<Protocol>::wait waiting(on_);
        const auto [found, length] = co_await on_->socket.async_read_some(into, quietly);
        if (found == asio::error::eof)
            co_return std::size_t{0};
        if (found)
            co_return stream_failure("receive", waiting.verdict(found));
        co_return length;
    }

    // Nearly always the socket has room for all of it, and nothing has to be waited for.
    task<result<void>> write(std::span<const asio::const_buffer> buffers) override
    {
        boost::system::error_code failure;
        if (on_->is_late())
            co_return stream_failure("send", make_error_code(boost::beast::error::timeout));
        const std::size_t sent = on_->socket.write_some(buffers, failure);
        if (failure && failure != asio::error::would_block)
            co_return stream_failure("send", failure);
        if (sent == asio::buffer_size(buffers))
            co_return result<void>();
        std::vector<asio::const_buffer> rest(buffers.begin(), buffers.end());
        consume(rest, sent);
        co_return co_await write_rest(std::move(rest));
    }

    task<result<void>> send_file(int descriptor, std::uint64_t offset, std::uint64_t length) override;

    void hold(bool on) override
    {
        const int corked = on ? 1 : 0;
        if constexpr (std::is_same_v<Protocol, tcp>)
            ::setsockopt(on_->socket.native_handle(), IPPROTO_TCP, TCP_CORK, &corked, sizeof corked);
    }

    void expires_after(std::chrono::milliseconds limit) override { on_->expires_after(limit); }
    void rest() override { on_->rest(); }

    task<void> shutdown() override;

    void close() override { on_->close(); }

    asio::any_io_executor executor() override { return on_->socket.get_executor(); }

    std::string peer() const override { return peer_; }

private:
    task<boost::system::error_code> room_to_write();
    task<result<void>> write_rest(std::vector<asio::const_buffer> rest);

    std::shared_ptr<watched_socket<Protocol>> on_;
    std::string peer_;
};

template <class Protocol>
task<boost::system::error_code> plain<Protocol>::room_to_write()
{
    if (on_->is_late())
        co_return make_error_code(boost::beast::error::timeout);
    const typename watched_socket<Protocol>::wait waiting(on_);
    const auto [found] = co_await on_->socket.async_wait(asio::socket_base::wait_write, quietly);
    co_return waiting.verdict(found);
}

template <class Protocol>
task<result<void>> plain<Protocol>::write_rest(std::vector<asio::const_buffer> rest)
{
    boost::system::error_code failure;
    while (!failure && !rest.empty()) {
        failure = co_await room_to_write();
        if (failure)
            break;
        consume(rest, on_->socket.write_some(rest, failure));
        if (failure == asio::error::would_block)
            failure = {};
    }
    if (failure)
        co_return stream_failure("send", failure);
    co_return result<void>();
}

template <class Protocol>
task<result<void>> plain<Protocol>::send_file(int descriptor, std::uint64_t offset, std::uint64_t length)
{
    ignore_broken_pipes();
    boost::system::error_code failure;
    auto position = static_cast<off_t>(offset);
    while (!failure && length != 0) {
        const ssize_t sent = ::sendfile(on_->socket.native_handle(), descriptor, &position, length);
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
    on_->socket.shutdown(asio::socket_base::shutdown_send, failure);
    on_->expires_after(closing_time);
    std::array<char, 16'384> dropped;
    for (bool more = !failure; more;) {
        const result<std::size_t> length = co_await read_some(asio::buffer(dropped));
        more = length && *length != 0;
    }
    close();
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
