#include "body_checker.hpp"
#include "data_folder.hpp"
#include "faults.hpp"
#include "service.hpp"
#include "upload_clearing.hpp"
#include "xml_writer.hpp"

#include <fleetman/core/clock.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/core/worker_pool.hpp>
#include <fleetman/http/server.hpp>
#include <fleetman/s3server/embedded_store.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <limits>
#include <thread>

namespace fleetman::s3server {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// Threads that write, hash and sync bodies; a disk serves a few at a time best.
constexpr std::size_t body_threads = 4;

constexpr auto stop_grace = 5s;

// Operations bound what they read themselves, and say EntityTooLarge in XML.
http::server_limits limits()
{
    http::server_limits chosen;
    chosen.body_bytes = std::numeric_limits<std::uint64_t>::max();
    return chosen;
}

// What never became a request of S3, and our own bugs, in the shape of every other failure.
http::response refuse(http::status code, std::string_view why, std::string_view path)
{
    const fault which = code == http::status::internal_server_error ? fault::internal_error : fault::invalid_request;
    const std::string id = random_hex(8);
    xml_writer xml("Error", false);
    xml.text("Code", code_of(which)).text("Message", why).text("Resource", path).text("RequestId", id);
    http::response answer = http::response::text(code, xml.finish(), "application/xml");
    answer.set("x-amz-request-id", id);
    return answer;
}

result<void> check_options(const embedded_store_options& options)
{
    if (options.access_key.empty())
        return error(errc::invalid, "the store needs an access key");
    if (options.secret_key.empty())
        return error(errc::invalid, "the store needs a secret key");
    if (options.data_dir.empty())
        return error(errc::invalid, "the store needs a data folder");
    return {};
}

} // namespace

// Members go away in reverse: the threads that post to the loop before the loop.
struct embedded_store::impl
{
    impl(embedded_store_options wanted, std::unique_ptr<data_folder> folder, s3server::access_keys known)
        : options(std::move(wanted)), data(std::move(folder)), keys(std::move(known)), workers(body_threads),
          parts{data->index(), keys, data->bodies(), workers, time, options.notices}, s3(parts), checker(parts),
          server(
              loop.get_executor(), "store", [this](http::request& asked) { return s3.serve(asked); }, limits(), refuse),
          tasks(loop.get_executor(), "store"), upkeep(loop.get_executor(), "store-upkeep")
    {}

    embedded_store_options options;
    asio::io_context loop{1};
    system_clock time;
    std::unique_ptr<data_folder> data;
    s3server::access_keys keys;
    worker_pool workers;
    store_parts parts;
    service s3;
    body_checker checker;
    http::server server;
    task_group tasks;
    task_group upkeep;
    std::uint16_t port = 0;
    std::thread thread;
};

embedded_store::embedded_store(std::unique_ptr<impl> opened) : impl_(std::move(opened)) {}

embedded_store::~embedded_store()
{
    stop();
}

result<std::unique_ptr<embedded_store>> embedded_store::open(embedded_store_options options)
{
    if (result<void> sound = check_options(options); !sound)
        return sound.error();
    result<std::unique_ptr<data_folder>> data = data_folder::open(options.data_dir, options.buckets);
    if (!data)
        return data.error();
    auto keys = s3server::access_keys::load({options.access_key, options.secret_key}, (*data)->access_keys());
    if (!keys)
        return keys.error();
    return std::unique_ptr<embedded_store>(
        new embedded_store(std::make_unique<impl>(std::move(options), std::move(*data), std::move(*keys))));
}

result<std::uint16_t> embedded_store::listen()
{
    result<std::uint16_t> bound = impl_->server.listen(impl_->options.listen);
    if (bound)
        impl_->port = *bound;
    return bound;
}

void embedded_store::start()
{
    (void)std::signal(SIGPIPE, SIG_IGN); // sendfile(2) raises it when a client leaves
    impl_->tasks.spawn(impl_->server.run());
    impl_->upkeep.spawn(impl_->checker.run());
    impl_->upkeep.spawn(clear_uploads(impl_->parts));
    impl_->thread = std::thread([this] { impl_->loop.run(); });
    log::info("store", "started",
        {{"address", impl_->options.listen.host}, {"port", impl_->port}, {"data", impl_->options.data_dir.string()}});
}

void embedded_store::stop()
{
    if (!impl_->thread.joinable())
        return;
    asio::post(impl_->loop, [this] {
        impl_->upkeep.cancel();
        impl_->tasks.spawn(impl_->server.stop(stop_grace));
    });
    impl_->thread.join(); // the loop ends when nothing is left to do
    log::info("store", "stopped");
}

namespace {

// Does the work on the store's thread, and comes back with its outcome. The caller's cancellation stays on its own
// thread.
template <class T>
task<T> over_there(asio::io_context& loop, task<T> work)
{
    co_return co_await asio::co_spawn(
        loop, std::move(work), asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
}

} // namespace

task<result<std::vector<access_key>>> embedded_store::access_keys(std::string bucket)
{
    co_return co_await over_there(impl_->loop, impl_->keys.list(impl_->data->index(), std::move(bucket)));
}

task<result<made_access_key>> embedded_store::make_access_key(access_key wanted)
{
    wanted.created = impl_->time.now();
    co_return co_await over_there(impl_->loop, impl_->keys.make(impl_->data->index(), std::move(wanted)));
}

task<result<void>> embedded_store::revoke_access_key(std::string bucket, std::string id)
{
    co_return co_await over_there(
        impl_->loop, impl_->keys.revoke(impl_->data->index(), std::move(bucket), std::move(id)));
}

std::uint16_t embedded_store::port() const
{
    return impl_->port;
}

} // namespace fleetman::s3server
