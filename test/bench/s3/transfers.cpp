#include "transfers.hpp"

#include <fleetman/core/task_group.hpp>
#include <fleetman/core/worker_pool.hpp>
#include <fleetman/storage/file_transfer.hpp>

#include <system_error>
#include <utility>
#include <vector>

namespace fleetman::bench {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t file_threads = 2;

result<void> without_value(const auto& outcome)
{
    return outcome ? result<void>() : result<void>(outcome.error());
}

task<result<void>> put_one(client to, std::string key, std::string body)
{
    co_return without_value(co_await to->put(std::move(key), std::move(body), storage::put_condition::always()));
}

task<result<void>> upload_one(client to, std::string key, fs::path file, worker_pool& pool)
{
    co_return without_value(co_await storage::put_file(*to, std::move(key), std::move(file), pool));
}

task<result<void>> fetch_one(client from, std::string key, fs::path file, worker_pool& pool)
{
    co_return without_value(co_await storage::get_file(*from, std::move(key), std::move(file), pool));
}

} // namespace

task<result<void>> fill(client to, std::string prefix, std::size_t count, std::size_t bytes, std::size_t at_a_time)
{
    const auto one = [&](std::size_t number) {
        std::string body = std::to_string(number);
        body.resize(bytes, '.');
        return put_one(to, prefix + std::to_string(number), std::move(body));
    };
    co_return co_await for_each_concurrently(count, at_a_time, one);
}

task<result<void>> upload(client to, fs::path folder, std::string prefix, std::size_t at_a_time)
{
    std::error_code failure;
    std::vector<fs::path> files;
    for (const fs::directory_entry& one : fs::directory_iterator(folder, failure))
        files.push_back(one.path());
    if (failure)
        co_return error(errc::failed, "read " + folder.string() + ": " + failure.message());
    worker_pool pool(file_threads);
    const auto one = [&](std::size_t number) {
        return upload_one(to, prefix + files[number].filename().string(), files[number], pool);
    };
    co_return co_await for_each_concurrently(files.size(), at_a_time, one);
}

task<result<void>> download(client from, std::string prefix, fs::path folder, std::size_t at_a_time)
{
    const auto listed = co_await storage::list_all(*from, prefix);
    if (!listed)
        co_return listed.error();
    worker_pool pool(file_threads);
    const auto one = [&](std::size_t number) {
        const std::string& key = (*listed)[number].key;
        return fetch_one(from, key, folder / key.substr(prefix.size()), pool);
    };
    co_return co_await for_each_concurrently(listed->size(), at_a_time, one);
}

task<result<void>> download_one(client from, std::string key, fs::path file)
{
    worker_pool pool(1);
    co_return co_await fetch_one(from, std::move(key), std::move(file), pool);
}

} // namespace fleetman::bench
