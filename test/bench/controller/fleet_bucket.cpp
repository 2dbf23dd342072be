#include "bare_copies.hpp"
#include "played_fleet.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/s3/open.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

// What benchmarks do to a bucket, below the prefix "prod".
//
//   fleet_bucket ENDPOINT BUCKET ACCESS_KEY SECRET_KEY WHAT
//
//   fill AGENTS CELLS_EACH                            a fleet and its cells
//   beat FIRST COUNT CELLS_EACH                       some of its heartbeats
//   keep-beating AGENTS CELLS_EACH PER_MINUTE SECONDS
//   copy CELLS AT_A_TIME                              the copies of a publish alone; prints milliseconds
//   remove-cells                                      all of cells/

namespace {

using namespace fleetman;

task<result<void>> perform(bucket::location at, std::string what, std::vector<std::size_t> numbers)
{
    if (what == "fill" && numbers.size() == 2)
        co_return co_await bench::fill(at, numbers[0], numbers[1]);
    if (what == "beat" && numbers.size() == 3)
        co_return co_await bench::beat(at, numbers[0], numbers[1], numbers[2]);
    if (what == "keep-beating" && numbers.size() == 4)
        co_return co_await bench::keep_beating(at, numbers[0], numbers[1], numbers[2], numbers[3]);
    if (what == "remove-cells" && numbers.empty())
        co_return co_await bench::remove_cells(at);
    if (what != "copy" || numbers.size() != 2)
        co_return error(errc::invalid, "the first lines of fleet_bucket.cpp tell what there is to do");
    const auto took = co_await bench::copy_to_cells(at, numbers[0], numbers[1]);
    if (!took)
        co_return took.error();
    std::cout << took->count() << std::endl;
    co_return result<void>();
}

result<bucket::location> bucket_of(std::span<char*> arguments, fleetman::clock& time)
{
    auto endpoint = net::parse_endpoint(arguments[1]);
    if (!endpoint)
        return endpoint.error();
    s3::connection to;
    to.endpoint = *std::move(endpoint);
    to.bucket = arguments[2];
    to.path_style = true;
    to.account = {arguments[3], secret(arguments[4]), {}};
    auto store = s3::open(std::move(to), time);
    if (!store)
        return store.error();
    return bucket::location{*std::move(store), bucket::keyspace(model::key_prefix::parse("prod").value())};
}

result<void> run(std::span<char*> arguments)
{
    if (arguments.size() < 6)
        return error(errc::invalid, "the first lines of fleet_bucket.cpp tell the arguments");
    std::vector<std::size_t> numbers;
    for (const char* const one : arguments.subspan(6)) {
        const auto number = parse_integer<std::size_t>(one);
        if (!number)
            return error(errc::invalid, std::string(one) + " is no number");
        numbers.push_back(*number);
    }
    system_clock time;
    auto at = bucket_of(arguments, time);
    if (!at)
        return at.error();
    boost::asio::io_context loop(1);
    result<void> outcome;
    boost::asio::co_spawn(loop, perform(*std::move(at), arguments[5], std::move(numbers)),
        [&](std::exception_ptr bug, result<void> done) {
            if (bug)
                std::rethrow_exception(bug);
            outcome = std::move(done);
            loop.stop();
        });
    loop.run();
    return outcome;
}

} // namespace

int main(int argc, char** argv)
{
    const result<void> done = run(std::span(argv, static_cast<std::size_t>(argc)));
    if (!done)
        std::cerr << "fleet_bucket: " << done.error().message() << '\n';
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
