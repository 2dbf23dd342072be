#include "../to_bucket.hpp"
#include "bare_copies.hpp"
#include "played_fleet.hpp"

#include <fleetman/s3/open.hpp>

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

task<result<void>> play(bucket::location at, std::string what, std::vector<std::size_t> numbers)
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

task<result<void>> perform(std::span<char*> arguments, fleetman::clock& time)
{
    auto to = bench::connection_of(arguments);
    if (!to)
        co_return to.error();
    auto store = s3::open(*std::move(to), time);
    if (!store)
        co_return store.error();
    if (arguments.size() < 5)
        co_return error(errc::invalid, "the first lines of fleet_bucket.cpp tell the arguments");
    auto numbers = bench::numbers_of(arguments.subspan(5));
    if (!numbers)
        co_return numbers.error();
    bucket::location at{*std::move(store), bucket::keyspace(model::key_prefix::parse("prod").value())};
    co_return co_await play(std::move(at), arguments[4], *std::move(numbers));
}

} // namespace

int main(int argc, char** argv)
{
    system_clock time;
    return bench::run_to_end("fleet_bucket", perform(std::span(argv, static_cast<std::size_t>(argc)).subspan(1), time));
}
