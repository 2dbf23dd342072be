#pragma once

#include "scripted_transport.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <functional>

// A network behind which a function answers, whatever the order in which it is asked: for what happens side by side.

namespace fleetman::testing {

class answering_transport final : public s3::transport
{
public:
    // The body is the request's, also where it was a stream. Several requests wait at once; see `most_at_once`.
    std::function<result<s3::wire_response>(const s3::wire_request& request, const std::string& body)> answer;

    task<result<s3::wire_response>> send(const s3::wire_request& request, s3::destination to) override
    {
        seen.push_back(request.method + ' ' + request.target);
        streamed += request.source != nullptr ? 1U : 0U;
        most_at_once = std::max(most_at_once, ++under_way);
        std::string body(request.body);
        for (std::uint64_t left = request.source_length; request.source != nullptr && left != 0;) {
            const result<std::string> piece = co_await request.source->read(static_cast<std::size_t>(left));
            if (!piece) {
                --under_way;
                co_return piece.error();
            }
            if (piece->empty())
                break;
            body += *piece;
            left -= piece->size();
        }
        for (int turn = 0; turn < 3; ++turn) // lets the others come, too
            co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
        result<s3::wire_response> told = answer(request, body);
        --under_way;
        const bool success = told && told->status < 300;
        if (success && to.head != nullptr)
            *to.head = *told;
        if (success && to.sink != nullptr)
            if (const auto written = co_await to.sink->write(std::exchange(told->body, {})); !written)
                co_return written.error();
        co_return told;
    }

    std::vector<std::string> seen;
    std::size_t streamed = 0;
    std::size_t under_way = 0;
    std::size_t most_at_once = 0;
};

inline s3::wire_response answer_with(
    unsigned status, std::string body = {}, const scripted_transport::headers& with = {})
{
    s3::wire_response made;
    made.status = status;
    made.body = std::move(body);
    for (const auto& [name, value] : with)
        made.headers.set(name, value);
    return made;
}

} // namespace fleetman::testing
