#include "../to_bucket.hpp"
#include "transfers.hpp"

#include <fleetman/core/timestamp.hpp>
#include <fleetman/s3/open.hpp>
#include <fleetman/sigv4/signature.hpp>

#include <chrono>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

// Fleetman's S3 client as a command, for others to be measured beside it.
//
//   s3_client ENDPOINT BUCKET ACCESS_KEY SECRET_KEY WHAT
//
//   fill PREFIX COUNT BYTES AT_A_TIME
//   upload FOLDER PREFIX AT_A_TIME
//   download PREFIX FOLDER AT_A_TIME
//   get KEY FILE
//   list PREFIX                          prints how many there are
//   sign COUNT                           prints nanoseconds for each
//   presign KEY                          prints a URL for a GET

namespace {

using namespace fleetman;

// A GET as an agent sends it, with the day's key at hand.
void sign(std::size_t count)
{
    const wall_time now = std::chrono::system_clock::now();
    const sigv4::scope of = sigv4::scope::at(now, "us-east-1");
    const sha256_digest key = sigv4::derive_key(secret("not-a-secret"), of);
    const std::string timestamp = sigv4_timestamp(now);
    std::size_t length = 0; // so that nothing is left out
    const auto begun = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < count; ++i) {
        sigv4::canonical_parts parts;
        parts.method = "GET";
        parts.encoded_path = sigv4::encode_path("/fleet/prod/cells/node01/hello/" + std::to_string(i));
        parts.headers = {{"host", "127.0.0.1:9000"}, {"x-amz-content-sha256", std::string(sigv4::empty_payload)},
            {"x-amz-date", timestamp}};
        parts.payload_hash = sigv4::empty_payload;
        const sigv4::canonical_form form = sigv4::canonical(parts);
        const std::string signature = sigv4::signature(key, sigv4::string_to_sign(timestamp, of, form.request));
        length += sigv4::authorization("AKIDEXAMPLE", of, form.signed_headers, signature).size();
    }
    const auto took = std::chrono::steady_clock::now() - begun;
    if (length != 0)
        std::cout << std::chrono::duration_cast<std::chrono::nanoseconds>(took).count() / static_cast<long>(count)
                  << std::endl;
}

task<result<void>> list(bench::client from, std::string prefix)
{
    const auto listed = co_await storage::list_all(*from, std::move(prefix));
    if (!listed)
        co_return listed.error();
    std::cout << listed->size() << std::endl;
    co_return result<void>();
}

task<result<void>> presign(bench::client from, std::string key)
{
    const auto url = co_await from->presigned_url("GET", std::move(key), std::chrono::hours(1));
    if (!url)
        co_return url.error();
    std::cout << *url << std::endl;
    co_return result<void>();
}

result<std::size_t> last_number(std::span<char*> arguments)
{
    const auto numbers = bench::numbers_of(arguments.last(1));
    if (!numbers)
        return numbers.error();
    return numbers->front();
}

task<result<void>> transfer(bench::client with, std::string what, std::span<char*> rest)
{
    const auto number = last_number(rest);
    if (!number)
        co_return number.error();
    if (what == "upload")
        co_return co_await bench::upload(std::move(with), rest[0], rest[1], *number);
    co_return co_await bench::download(std::move(with), rest[0], rest[1], *number);
}

task<result<void>> fill(bench::client with, std::span<char*> rest)
{
    const auto numbers = bench::numbers_of(rest.subspan(1));
    if (!numbers)
        co_return numbers.error();
    co_return co_await bench::fill(std::move(with), rest[0], (*numbers)[0], (*numbers)[1], (*numbers)[2]);
}

task<result<void>> perform(std::span<char*> arguments, fleetman::clock& time)
{
    auto to = bench::connection_of(arguments);
    if (!to)
        co_return to.error();
    auto with = s3::open_client(*std::move(to), time);
    if (!with)
        co_return with.error();
    const std::string what = arguments.size() > 4 ? arguments[4] : "";
    const std::span<char*> rest = arguments.subspan(what.empty() ? 4 : 5);
    if (what == "fill" && rest.size() == 4)
        co_return co_await fill(*std::move(with), rest);
    if ((what == "upload" || what == "download") && rest.size() == 3)
        co_return co_await transfer(*std::move(with), what, rest);
    if (what == "get" && rest.size() == 2)
        co_return co_await bench::download_one(*std::move(with), rest[0], rest[1]);
    if (what == "list" && rest.size() == 1)
        co_return co_await list(*std::move(with), rest[0]);
    if (what == "presign" && rest.size() == 1)
        co_return co_await presign(*std::move(with), rest[0]);
    const auto count = rest.size() == 1 ? last_number(rest) : result<std::size_t>(error(errc::invalid, ""));
    if (what != "sign" || !count || *count == 0)
        co_return error(errc::invalid, "the first lines of s3_client.cpp tell what there is to do");
    sign(*count);
    co_return result<void>();
}

} // namespace

int main(int argc, char** argv)
{
    system_clock time;
    return bench::run_to_end("s3_client", perform(std::span(argv, static_cast<std::size_t>(argc)).subspan(1), time));
}
