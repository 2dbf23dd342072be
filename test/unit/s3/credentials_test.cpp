#include "../../../lib/s3/credential_formats.hpp"
#include "../../../lib/s3/passing_credentials.hpp"
#include "../../../lib/s3/plain_hosts.hpp"
#include "answering_transport.hpp"

#include <fleetman/core/task_group.hpp>
#include <fleetman/core/timestamp.hpp>
#include <fleetman/s3/open.hpp>
#include <fleetman/testing/imposter.hpp>
#include <fleetman/testing/scratch_folder.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <map>

using namespace fleetman;
using namespace fleetman::testing;
using namespace std::chrono_literals;

namespace {

s3::environment variables(std::map<std::string, std::string> set)
{
    return [set](const char* name) -> std::optional<std::string> {
        const auto found = set.find(name);
        return found == set.end() ? std::nullopt : std::optional(found->second);
    };
}

void write(const std::filesystem::path& file, const std::string& text)
{
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

// As a rename puts it there, so that its inode is another.
void replace(const std::filesystem::path& file, const std::string& text)
{
    const std::filesystem::path fresh = file.string() + ".new";
    write(fresh, text);
    std::filesystem::rename(fresh, file);
}

std::string profile_of(const std::string& key)
{
    return "[default]\naws_access_key_id = " + key + "\naws_secret_access_key = s/" + key + "+\n";
}

std::string document(const std::string& key, wall_time expires)
{
    return R"({"Code":"Success","AccessKeyId":")" + key + R"(","SecretAccessKey":"s","Token":"t","Expiration":")" +
           rfc3339(expires) + "\"}";
}

struct asked
{
    std::vector<result<s3::credentials>> got;
    std::vector<std::string> requests;
};

// Asks a source that talks to a stand-in of the platform's service.
template <class MakeSource>
asked ask_service(
    std::vector<std::string> answers, MakeSource make, std::vector<std::chrono::minutes> at, manual_clock& time)
{
    task<asked> story = [](std::vector<std::string> script, MakeSource making,
                            std::vector<std::chrono::minutes> moments, manual_clock& now) -> task<asked> {
        imposter server(co_await boost::asio::this_coro::executor);
        for (std::string& one : script)
            server.then(std::move(one), imposter::ending::close);
        const auto source = making(server.url(), now);
        asked all;
        const wall_time begin = now.time;
        for (const auto moment : moments) {
            now.time = begin + moment;
            all.got.push_back(co_await source->current());
        }
        all.requests = server.requests();
        co_await server.stop();
        co_return all;
    }(std::move(answers), make, std::move(at), time);
    return run(std::move(story));
}

std::shared_ptr<s3::credential_source> instance(const std::string& url, fleetman::clock& time)
{
    return s3::instance_credentials(url, time);
}

} // namespace

TEST_CASE("credentials come from the environment, with a session's token", "[s3][credentials]")
{
    const auto source = s3::environment_credentials(
        variables({{"AWS_ACCESS_KEY_ID", "k"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"AWS_SESSION_TOKEN", "t"}}));
    CHECK(run(source->current()).value() == s3::credentials{"k", secret("s"), secret("t")});
    CHECK(run(s3::environment_credentials(variables({{"AWS_ACCESS_KEY_ID", "k"}}))->current()).error().code() ==
          errc::not_found);
    CHECK(run(s3::environment_credentials(variables({{"AWS_ACCESS_KEY_ID", "k\r\nx"}, {"AWS_SECRET_ACCESS_KEY", "s"}}))
                  ->current())
              .error()
              .code() == errc::invalid);
}

TEST_CASE("a shared file is read by its profiles", "[s3][credentials]")
{
    const std::string file =
        "# comment\n; another\r\n[default]\r\naws_access_key_id=one\r\naws_secret_access_key = a=b/c+ \r\n"
        "[ other ]\nAWS_ACCESS_KEY_ID = two:three\naws_secret_access_key=x\naws_session_token=y\n"
        "region = eu\n[half]\naws_access_key_id = z\n";
    CHECK(s3::parse_profile(file, "default").value() == s3::credentials{"one", secret("a=b/c+"), {}});
    CHECK(s3::parse_profile(file, "other").value() == s3::credentials{"two:three", secret("x"), secret("y")});
    CHECK(s3::parse_profile(file, "missing").error().code() == errc::not_found);
    CHECK(s3::parse_profile(file, "half").error().code() == errc::invalid);
    CHECK(s3::parse_profile("[a", "a").error().code() == errc::invalid);
    CHECK(s3::parse_profile("[]\n[", "x").error().code() == errc::not_found);
}

TEST_CASE("a changed credentials file is taken up without being told", "[s3][credentials]")
{
    const scratch_folder folder;
    const auto file = folder.path() / "credentials";
    const auto source = s3::profile_credentials(file, "default");
    CHECK(run(source->current()).error().code() == errc::not_found);
    write(file, profile_of("one"));
    CHECK(run(source->current()).value().access_key == "one");
    replace(file, profile_of("two"));
    CHECK(run(source->current()).value().access_key == "two");
    replace(file, "[default]\nnothing = here\n");
    const auto broken = run(source->current());
    CHECK(broken.error().code() == errc::invalid);
    CHECK_THAT(broken.error().message(), Catch::StartsWith(file.string()));
}

TEST_CASE("a request that is refused is made once more when the credentials are others by now", "[s3][credentials]")
{
    const scratch_folder folder;
    const auto file = folder.path() / "credentials";
    write(file, profile_of("old"));
    auto wire = std::make_shared<scripted_transport>();
    manual_clock time;
    s3::connection to = test_connection();
    to.account_source = s3::profile_credentials(file, "default");
    s3::s3_store store(to, wire, time);
    wire->then(200);
    CHECK(run(store.head("a")).has_value());
    CHECK_THAT(header(wire->seen.at(0), "Authorization"), Catch::Contains("Credential=old/"));

    replace(file, profile_of("new"));
    wire->then(200).then(403, refusal("InvalidAccessKeyId"));
    CHECK(run(store.head("a")).has_value());
    CHECK_THAT(header(wire->seen.at(1), "Authorization"), Catch::Contains("Credential=new/"));
    CHECK(run(store.get("a", 10)).error().code() == errc::denied); // the file has no others
    CHECK(wire->seen.size() == 3);
}

TEST_CASE("two requests that are refused at once are both made once more with the new credentials", "[s3][credentials]")
{
    const scratch_folder folder;
    const auto file = folder.path() / "credentials";
    write(file, profile_of("old"));
    auto wire = std::make_shared<answering_transport>();
    wire->answer = [&](const s3::wire_request& request, const std::string&) {
        replace(file, profile_of("new"));
        const bool old = header(request, "Authorization").find("Credential=old/") != std::string::npos;
        return old ? answer_with(403, refusal("InvalidAccessKeyId")) : answer_with(200);
    };
    manual_clock time;
    s3::connection to = test_connection();
    to.account_source = s3::profile_credentials(file, "default");
    s3::s3_store store(to, wire, time);
    CHECK(run(for_each_concurrently(2, 2, [&store](std::size_t) {
        return [](s3::s3_store& of) -> task<result<void>> {
            const auto got = co_await of.get("a", 10);
            co_return got ? result<void>() : result<void>(got.error());
        }(store);
    })).has_value());
    CHECK(wire->most_at_once == 2);
    CHECK(wire->seen.size() == 4);
}

TEST_CASE("credentials that cannot be had are told as such", "[s3][credentials]")
{
    auto wire = std::make_shared<scripted_transport>();
    manual_clock time;
    s3::connection to = test_connection();
    to.account_source = s3::environment_credentials(variables({}));
    s3::s3_store store(to, wire, time);
    const auto got = run(store.get("a", 10));
    REQUIRE(got.has_error());
    CHECK_THAT(got.error().message(), Catch::StartsWith("get a: credentials: AWS_ACCESS_KEY_ID"));
    CHECK(wire->seen.empty());
}

TEST_CASE("an instance's service is asked with a token, and again before what it gave expires", "[s3][credentials]")
{
    manual_clock time;
    const wall_time begin = time.time;
    const auto told = ask_service(
        {http_answer(200, "token"), http_answer(200, "role\nanother"), http_answer(200, document("one", begin + 60min)),
            http_answer(200, "token"), http_answer(200, "role"), http_answer(200, document("two", begin + 120min))},
        instance, {0min, 54min, 56min}, time);
    REQUIRE(told.requests.size() == 6);
    CHECK_THAT(told.requests[0], Catch::StartsWith("PUT /latest/api/token ") &&
                                     Catch::Contains("X-aws-ec2-metadata-token-ttl-seconds: 300\r\n"));
    CHECK_THAT(told.requests[1], Catch::StartsWith("GET /latest/meta-data/iam/security-credentials/ ") &&
                                     Catch::Contains("X-aws-ec2-metadata-token: token\r\n"));
    CHECK_THAT(told.requests[2], Catch::StartsWith("GET /latest/meta-data/iam/security-credentials/role "));
    CHECK(told.got[0].value() == s3::credentials{"one", secret("s"), secret("t")});
    CHECK(told.got[1].value().access_key == "one");
    CHECK(told.got[2].value().access_key == "two");
}

TEST_CASE("while an instance's service is away, what holds still is used", "[s3][credentials]")
{
    manual_clock time;
    const auto told = ask_service(
        {http_answer(200, "token"), http_answer(200, "role"), http_answer(200, document("one", time.time + 60min)),
            http_answer(500, ""), http_answer(500, "")},
        instance, {0min, 57min, 57min, 61min}, time);
    CHECK(told.got[1].value().access_key == "one");
    CHECK(told.got[2].value().access_key == "one");
    CHECK(told.requests.size() == 5); // not at every request
    CHECK(told.got[3].error().code() == errc::unavailable);
}

TEST_CASE("credentials that a store refused are asked for anew, and kept until there are others", "[s3][credentials]")
{
    manual_clock time;
    const wall_time expires = time.time + 60min;
    int asked = 0;
    result<s3::passing_credentials> told = s3::passing_credentials{{"one", secret("s"), {}}, expires};
    const auto source = s3::kept_credentials(
        [&]() {
            ++asked;
            return [](result<s3::passing_credentials> answer) -> task<result<s3::passing_credentials>> {
                co_return answer;
            }(told);
        },
        time);
    const s3::credentials first = run(source->current()).value();

    told = error(errc::unavailable, "away");
    CHECK(source->refused(first));
    CHECK(run(source->current()).value() == first);
    CHECK(asked == 2);
    CHECK(run(source->current()).value() == first); // not asked for at every request
    CHECK(asked == 2);

    told = s3::passing_credentials{{"two", secret("s"), {}}, expires};
    time.time += 2min;
    CHECK(run(source->current()).value().access_key == "two");
    CHECK(run(source->current()).value().access_key == "two");
    CHECK(asked == 3);

    CHECK(source->refused(first)); // of a request that was under way meanwhile
    CHECK(run(source->current()).value().access_key == "two");
    CHECK(asked == 3);
}

TEST_CASE("what an instance's service says instead of credentials is refused with the reason", "[s3][credentials]")
{
    manual_clock time;
    const auto answer = GENERATE(values<std::string>({
        http_answer(404, "no"),
        http_answer(200, "<html>"),
        http_answer(200, R"({"Code":"AssumeRoleUnauthorizedAccess"})"),
        http_answer(200, R"({"AccessKeyId":"a\nb","SecretAccessKey":"s"})"),
        http_answer(200, R"({"AccessKeyId":"a","SecretAccessKey":"s","Expiration":"soon"})"),
        http_answer(200, "[1,2]"),
    }));
    const auto told =
        ask_service({http_answer(200, "token"), http_answer(200, "role"), answer}, instance, {0min}, time);
    REQUIRE(told.got[0].has_error());
    CHECK_THAT(told.got[0].error().message(), Catch::Contains("/security-credentials/role: "));
}

TEST_CASE("a container's endpoint is asked with its token, from a file that may change", "[s3][credentials]")
{
    manual_clock time;
    const scratch_folder folder;
    write(folder.path() / "token", "Bearer x\n");
    const auto told = ask_service(
        {http_answer(200, document("one", time.time + 60min))},
        [&](const std::string& url, fleetman::clock& now) {
            return s3::container_credentials({url + "/v2/credentials/a?b=c", {}, folder.path() / "token"}, now);
        },
        {0min}, time);
    CHECK(told.got[0].value().access_key == "one");
    CHECK_THAT(told.requests.at(0),
        Catch::StartsWith("GET /v2/credentials/a?b=c ") && Catch::Contains("Authorization: Bearer x\r\n"));
}

TEST_CASE("credentials are not asked of a stranger without TLS", "[s3][credentials]")
{
    manual_clock time;
    const auto url = GENERATE(values<std::string>({"http://192.0.2.1/creds", "http://127.stranger.invalid/creds"}));
    const auto got = run(s3::container_credentials({url, {}, {}}, time)->current());
    REQUIRE(got.has_error());
    CHECK(got.error().code() == errc::denied);
}

TEST_CASE("without TLS credentials are asked of this host and of the platforms' addresses", "[s3][credentials]")
{
    for (const char* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1", "169.254.170.2", "169.254.170.23",
             "fd00:ec2::23", "fd00:ec2:0::23"}) {
        CAPTURE(host);
        CHECK(s3::may_be_plain(host));
    }
    for (const char* host : {"", "127.stranger.invalid", "127.0.0.1.stranger.invalid", "127.1", "localhost.invalid",
             "128.0.0.1", "169.254.170.3", "169.254.169.254", "fd00:ec2::24", "::2"}) {
        CAPTURE(host);
        CHECK_FALSE(s3::may_be_plain(host));
    }
}

TEST_CASE(
    "of many places the first that has credentials counts, and a broken one is not passed over", "[s3][credentials]")
{
    manual_clock time;
    const scratch_folder folder;
    const auto file = folder.path() / "credentials";
    std::map<std::string, std::string> set{
        {"AWS_SHARED_CREDENTIALS_FILE", file.string()}, {"AWS_EC2_METADATA_DISABLED", "true"}};
    const auto nothing = run(s3::default_credentials(variables(set), time)->current());
    CHECK(nothing.error().code() == errc::denied);
    CHECK_THAT(nothing.error().message(), Catch::Contains("AWS_ACCESS_KEY_ID") && Catch::Contains(file.string()));

    write(file, profile_of("in-file") + "[other]\naws_access_key_id=o\naws_secret_access_key=s\n");
    CHECK(run(s3::default_credentials(variables(set), time)->current()).value().access_key == "in-file");
    set["AWS_PROFILE"] = "other";
    CHECK(run(s3::default_credentials(variables(set), time)->current()).value().access_key == "o");
    set["AWS_PROFILE"] = "broken";
    write(file, "[broken]\n");
    CHECK(run(s3::default_credentials(variables(set), time)->current()).error().code() == errc::invalid);
    set["AWS_ACCESS_KEY_ID"] = "in-environment";
    set["AWS_SECRET_ACCESS_KEY"] = "s";
    CHECK(run(s3::default_credentials(variables(set), time)->current()).value().access_key == "in-environment");
}

TEST_CASE("a container's endpoint that is away or refuses is not passed over for the machine's", "[s3][credentials]")
{
    manual_clock time;
    const scratch_folder folder;
    const bool away = GENERATE(true, false);
    const auto told = ask_service(
        away ? std::vector{http_answer(200, "token"), http_answer(200, "role"),
                   http_answer(200, document("m", time.time + 1h))}
             : std::vector{http_answer(401, "no")},
        [&](const std::string& url, fleetman::clock& now) {
            return s3::default_credentials(
                variables({{"AWS_SHARED_CREDENTIALS_FILE", (folder.path() / "none").string()},
                    {"AWS_CONTAINER_CREDENTIALS_FULL_URI", (away ? "http://127.0.0.1:1" : url) + "/creds"},
                    {"AWS_EC2_METADATA_SERVICE_ENDPOINT", url}}),
                now);
        },
        {0min}, time);
    REQUIRE(told.got[0].has_error());
    CHECK(told.got[0].error().code() == (away ? errc::unavailable : errc::denied));
    CHECK_THAT(told.got[0].error().message(), Catch::Contains("127.0.0.1"));
    CHECK(told.requests.size() == (away ? 0U : 1U));
}

TEST_CASE("a connection takes from the environment what its settings leave open", "[s3][credentials]")
{
    manual_clock time;
    const s3::environment from = variables({{"AWS_ACCESS_KEY_ID", "k"}, {"AWS_SECRET_ACCESS_KEY", "s"},
        {"https_proxy", "http://proxy.test:3128"}, {"NO_PROXY", "near.test"}});
    s3::connection to = test_connection();
    to.endpoint = net::parse_endpoint("https://s3.test").value();
    CHECK(s3::take_from_environment(to, from, time).has_value());
    CHECK(to.account_source == nullptr); // it has keys
    REQUIRE(to.proxy.has_value());
    CHECK(to.proxy->at == net::address{"proxy.test", 3128});

    s3::connection open = test_connection();
    open.endpoint = net::parse_endpoint("https://near.test").value();
    open.account = {};
    CHECK(s3::take_from_environment(open, from, time).has_value());
    REQUIRE(open.account_source != nullptr);
    CHECK(run(open.account_source->current()).value().access_key == "k");
    CHECK_FALSE(open.proxy.has_value());

    CHECK(s3::take_from_environment(to, variables({{"HTTPS_PROXY", "ftp://x"}}), time).error().code() == errc::invalid);
}
