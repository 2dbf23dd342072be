#include "to_bucket.hpp"

#include <fleetman/core/text.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <utility>

namespace fleetman::bench {

result<s3::connection> connection_of(std::span<char*> arguments)
{
    if (arguments.size() < 4)
        return error(errc::invalid, "expected ENDPOINT BUCKET ACCESS_KEY SECRET_KEY");
    auto endpoint = net::parse_endpoint(arguments[0]);
    if (!endpoint)
        return endpoint.error();
    s3::connection to;
    to.endpoint = *std::move(endpoint);
    to.bucket = arguments[1];
    to.path_style = true;
    to.account = {arguments[2], secret(arguments[3]), {}};
    return to;
}

result<std::vector<std::size_t>> numbers_of(std::span<char*> arguments)
{
    std::vector<std::size_t> numbers;
    for (const char* const one : arguments) {
        const auto number = parse_integer<std::size_t>(one);
        if (!number)
            return error(errc::invalid, std::string(one) + " is no number");
        numbers.push_back(*number);
    }
    return numbers;
}

int run_to_end(std::string_view program, task<result<void>> work)
{
    boost::asio::io_context loop(1);
    result<void> outcome;
    boost::asio::co_spawn(loop, std::move(work), [&](std::exception_ptr bug, result<void> done) {
        if (bug)
            std::rethrow_exception(bug);
        outcome = std::move(done);
        loop.stop();
    });
    loop.run();
    if (!outcome)
        std::cerr << program << ": " << outcome.error().message() << '\n';
    return outcome ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace fleetman::bench
