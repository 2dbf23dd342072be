#pragma once

#include <fleetman/s3/s3_store.hpp>
#include <fleetman/s3/transport.hpp>
#include <fleetman/testing/manual_clock.hpp>
#include <fleetman/testing/run.hpp>

#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// A network that answers as a test says, and remembers what was asked of it.

namespace fleetman::testing {

class scripted_transport final : public s3::transport
{
public:
    using headers = std::vector<std::pair<std::string, std::string>>;

    scripted_transport& then(unsigned status, std::string body = {}, const headers& with = {})
    {
        s3::wire_response answer;
        answer.status = status;
        answer.body = std::move(body);
        for (const auto& [name, value] : with)
            answer.headers.set(name, value);
        answers_.push_back({std::move(answer), {}});
        return *this;
    }

    // Delivers this much to a sink, then fails.
    scripted_transport& then_fails(errc kind, std::string reason, std::string delivered = {})
    {
        answers_.push_back({error(kind, std::move(reason)), std::move(delivered)});
        return *this;
    }

    // The answer before came to a request that was sent twice.
    scripted_transport& repeated()
    {
        answers_.back().answer->repeated = true;
        return *this;
    }

    task<result<s3::wire_response>> send(const s3::wire_request& request, s3::destination to) override
    {
        seen.push_back(request);
        seen.back().body = bodies_.emplace_back(request.body);
        if (answers_.empty())
            throw std::logic_error("no answer is scripted for " + request.method + ' ' + request.target);
        scripted next = std::move(answers_.front());
        answers_.pop_front();
        if (to.head != nullptr && next.answer && next.answer->status < 300)
            *to.head = *next.answer;
        if (to.sink != nullptr && next.answer && next.answer->status < 300)
            next.delivered = std::exchange(next.answer->body, {});
        if (to.sink != nullptr && !next.delivered.empty())
            static_cast<void>(co_await to.sink->write(next.delivered));
        while (request.source != nullptr) {
            const result<std::string> piece = co_await request.source->read(1000);
            if (!piece || piece->empty())
                break;
        }
        co_return std::move(next.answer);
    }

    bool used_up() const { return answers_.empty(); }
    void drop_next() { answers_.pop_front(); }

    std::vector<s3::wire_request> seen;

private:
    struct scripted
    {
        result<s3::wire_response> answer;
        std::string delivered;
    };
    std::deque<scripted> answers_;
    std::deque<std::string> bodies_; // those of `seen`
};

inline std::string header(const s3::wire_request& request, const std::string& name)
{
    for (const auto& [one, value] : request.headers)
        if (one == name)
            return value;
    return {};
}

inline s3::connection test_connection()
{
    s3::connection to;
    to.endpoint = net::parse_endpoint("http://s3.test").value();
    to.bucket = "fleet";
    to.account = {"key", secret("secret"), {}};
    return to;
}

struct store_fixture
{
    std::shared_ptr<scripted_transport> wire = std::make_shared<scripted_transport>();
    manual_clock time;
    s3::s3_store store{test_connection(), wire, time};
};

// As S3 words a refusal.
inline std::string refusal(const std::string& code)
{
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code +
           "</Code><Message>no</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>";
}

} // namespace fleetman::testing
