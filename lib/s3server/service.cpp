#include "chunk_decoder.hpp"
#include "dispatch.hpp"
#include "faults.hpp"
#include "service.hpp"
#include "xml_writer.hpp"

#include <fleetman/core/log.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/http/router.hpp>

namespace fleetman::s3server {

namespace {

struct place
{
    std::string bucket;
    std::string key;
};

// "/bucket/key/with/slashes", as path-style requests have it; dot segments are part of the key like anything else.
result<place> place_of(std::string_view path)
{
    const std::size_t slash = path.find('/', 1);
    result<std::string> bucket =
        http::percent_decode(path.substr(1, slash == std::string_view::npos ? slash : slash - 1));
    result<std::string> key =
        http::percent_decode(slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1));
    if (!bucket || !key)
        return make_error(fault::invalid_request, "The path is not percent-encoded text");
    return place{std::move(*bucket), std::move(*key)};
}

// How long the body is once its coding is taken off.
std::optional<std::uint64_t> decoded_length(const http::request& asked, const body_claim& claim)
{
    if (claim.chunked)
        return parse_integer<std::uint64_t>(asked.header("x-amz-decoded-content-length"));
    // Without a Content-Length there is no body, unless the chunks of HTTP carry one.
    if (!asked.content_length && asked.header(http::field::transfer_encoding).empty())
        return 0;
    return asked.content_length;
}

http::response failure_answer(const error& failure, const http::request& asked, const std::string& id)
{
    const fault which = fault_of(failure);
    if (which == fault::internal_error)
        log::error("store", "request-failed", {{"id", id}, {"path", asked.path}, {"error", failure.message()}});
    xml_writer xml("Error", false);
    const bool ours = failure.store() != nullptr;
    xml.text("Code", code_of(which)).text("Message", ours ? failure.message() : make_error(which).message());
    xml.text("Resource", asked.path).text("RequestId", id);
    return http::response::text(status_of(which), xml.finish(), "application/xml");
}

} // namespace

task<http::response> service::serve(http::request& asked)
{
    const std::string id = random_hex(8);
    task<result<http::response>> performing = perform(asked);
    result<http::response> outcome = co_await std::move(performing);
    http::response reply = outcome ? std::move(*outcome) : failure_answer(outcome.error(), asked, id);
    reply.set("x-amz-request-id", id);
    reply.set(http::field::server, "fleetman");
    log::debug("store", "request",
        {{"id", id}, {"method", std::string_view(to_string(asked.method))}, {"path", asked.path},
            {"status", static_cast<unsigned>(reply.code)}});
    co_return reply;
}

answer service::perform(http::request& asked)
{
    result<authenticated> by = authenticate(asked, parts_.keys, parts_.time.now());
    if (!by)
        co_return by.error();
    body_claim& claim = by->body;
    result<place> where = place_of(asked.path);
    if (!where)
        co_return where.error();
    if (result<void> sound = check_key(where->key); !sound)
        co_return sound.error();

    s3_request wanted{asked, std::move(where->bucket), std::move(where->key), asked.body, decoded_length(asked, claim),
        claim.sha256, {}, by->who};
    const result<operation> found = find_operation(wanted);
    if (!found)
        co_return found.error();
    if (!claim.chunked)
        co_return co_await (*found)(wanted, parts_);
    if (!wanted.length)
        co_return make_error(fault::missing_content_length, "You must provide x-amz-decoded-content-length");
    decoded_body decoded(*asked.body, std::move(claim), *wanted.length);
    wanted.body = &decoded;
    wanted.trailer = [&decoded] { return decoded.decoder().trailer(); };
    co_return co_await (*found)(wanted, parts_);
}

} // namespace fleetman::s3server
