#include "connection.hpp"

#include <fleetman/core/log.hpp>
#include <fleetman/http/server.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fleetman::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);

// Without descriptors or memory accept() fails at once, again and again; existing connections end meanwhile.
constexpr auto accept_pause = 100ms;

constexpr std::string_view busy_answer =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";

// Costs no coroutine and no wait: a fresh socket's send buffer has room for it.
void turn_away(tcp::socket& socket)
{
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(busy_answer), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

result<tcp::endpoint> local_endpoint(const net::address& at)
{
    boost::system::error_code failure;
    const auto ip = asio::ip::make_address(at.host == "localhost" ? "127.0.0.1" : at.host, failure);
    if (failure)
        return error(errc::invalid, "cannot listen on " + at.host + ": not an IP address of this machine");
    return tcp::endpoint(ip, at.port);
}

error listen_failure(const tcp::endpoint& at, const boost::system::error_code& failure)
{
    const std::string where = at.address().to_string() + " port " + std::to_string(at.port());
    if (failure == asio::error::address_in_use)
        return {errc::unavailable, where + " is taken: another program, or another instance of this one, listens there "
                                           "(`ss -ltnp` shows which)"};
    return {errc::unavailable, "cannot listen on " + where + ": " + failure.message()};
}

} // namespace

struct server::impl
{
    impl(asio::any_io_executor executor, std::shared_ptr<server_state> common)
        : acceptor(executor), pause(executor), tasks(executor, common->name), shared(std::move(common))
    {}

    void admit(tcp::socket socket);

    tcp::acceptor acceptor;
    asio::steady_timer pause;
    task_group tasks;
    std::shared_ptr<server_state> shared;
};

void server::impl::admit(tcp::socket socket)
{
    if (shared->open.size() >= shared->limits.connections) {
        turn_away(socket);
        return;
    }
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const auto serve = [](std::shared_ptr<connection> one) -> task<void> { co_await one->run(); };
    tasks.spawn(serve(std::make_shared<connection>(shared, net::plain_stream(std::move(socket)))));
}

response plain_refusal(status code, std::string_view why, std::string_view)
{
    return response::text(code, std::string(why) + '\n', "text/plain");
}

server::server(
    asio::any_io_executor executor, std::string name, handler serve, server_limits limits, refusal_writer refuse)
    : impl_(std::make_unique<impl>(executor, std::make_shared<server_state>(server_state{std::move(name),
                                                 std::move(serve), std::move(refuse), limits, false, {}})))
{}

server::~server() = default;

result<std::uint16_t> server::listen(net::address at)
{
    const result<tcp::endpoint> where = local_endpoint(at);
    if (!where)
        return where.error();
    tcp::acceptor& acceptor = impl_->acceptor;
    boost::system::error_code failure;
    acceptor.open(where->protocol(), failure);
    if (!failure)
        acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure)
        acceptor.bind(*where, failure);
    if (!failure)
        acceptor.listen(asio::socket_base::max_listen_connections, failure);
    if (failure) {
        error reason = listen_failure(*where, failure);
        acceptor.close(failure);
        return reason;
    }
    return acceptor.local_endpoint().port();
}

task<void> server::run()
{
    bool struggling = false;
    while (!impl_->shared->stopping) {
        auto [failure, socket] = co_await impl_->acceptor.async_accept(quietly);
        if (impl_->shared->stopping || failure == asio::error::operation_aborted)
            co_return;
        if (!failure) {
            struggling = false;
            impl_->admit(std::move(socket));
            continue;
        }
        if (failure == asio::error::connection_aborted)
            continue;
        if (!struggling)
            log::warning(impl_->shared->name, "accept-failed", {{"error", failure.message()}});
        struggling = true;
        impl_->pause.expires_after(accept_pause);
        co_await impl_->pause.async_wait(quietly);
    }
}

task<void> server::stop(std::chrono::milliseconds grace)
{
    impl_->shared->stopping = true;
    boost::system::error_code ignored;
    impl_->acceptor.close(ignored);
    impl_->pause.cancel();
    for (connection* one : impl_->shared->open)
        one->close_if_idle();
    co_await impl_->tasks.drain(grace);
}

} // namespace fleetman::http
