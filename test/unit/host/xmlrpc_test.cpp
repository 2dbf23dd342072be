#include <fleetman/host/supervisor_rpc.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace fleetman;
using namespace fleetman::host;

namespace {

std::string answer_with(const std::string& value)
{
    return "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value>" + value +
           "</value>\n</param>\n</params>\n</methodResponse>\n";
}

boost::json::value value_of(const std::string& value)
{
    return parse_rpc_answer(answer_with(value)).value().value;
}

} // namespace

TEST_CASE("a request's arguments stay text, whatever is in them", "[host]")
{
    CHECK(rpc_request("supervisor.startProcessGroup", {std::string("a<b>&c"), true}) ==
          "<?xml version=\"1.0\"?><methodCall><methodName>supervisor.startProcessGroup</methodName><params>"
          "<param><value><string>a&lt;b&gt;&amp;c</string></value></param>"
          "<param><value><boolean>1</boolean></value></param></params></methodCall>");
    CHECK(
        rpc_request("m", {}) == "<?xml version=\"1.0\"?><methodCall><methodName>m</methodName><params/></methodCall>");
}

TEST_CASE("values of an answer are read as what they are", "[host]")
{
    CHECK(value_of("<int>-7</int>") == boost::json::value(-7));
    CHECK(value_of("<boolean>1</boolean>") == boost::json::value(true));
    CHECK(value_of("<string>a &amp; b</string>") == boost::json::value("a & b"));
    CHECK(value_of("<string></string>") == boost::json::value(""));
    CHECK(value_of("bare") == boost::json::value("bare"));
    CHECK(value_of("<array><data>\n<value><int>1</int></value>\n<value><string>x</string></value>\n</data></array>") ==
          boost::json::parse(R"([1,"x"])"));
    CHECK(value_of("<struct>\n<member>\n<name>a</name>\n<value><i4>1</i4></value>\n</member>\n</struct>") ==
          boost::json::parse(R"({"a":1})"));
}

TEST_CASE("a fault is its code and its words", "[host]")
{
    const rpc_answer answer =
        parse_rpc_answer("<methodResponse><fault><value><struct>"
                         "<member><name>faultCode</name><value><int>92</int></value></member>"
                         "<member><name>faultString</name><value><string>CANT_REREAD: odd</string></value></member>"
                         "</struct></value></fault></methodResponse>")
            .value();
    REQUIRE(answer.fault.has_value());
    CHECK(answer.fault->code == 92);
    CHECK(answer.fault->text == "CANT_REREAD: odd");
}

TEST_CASE("what is no answer is refused", "[host]")
{
    std::string deep = "<int>1</int>";
    for (int i = 0; i < 50; ++i)
        deep = "<array><data><value>" + deep + "</value></data></array>";
    const std::string odd[] = {"", "<", "<html/>", "<methodResponse/>", answer_with("<int>x</int>"),
        answer_with("<dateTime.iso8601>x</dateTime.iso8601>"), answer_with(deep)};
    for (const std::string& each : odd)
        CHECK(parse_rpc_answer(each).error().code() == errc::failed);
}

TEST_CASE("supervisord's own judgement of an end tells a program that finished from one that failed", "[host]")
{
    const auto all = states_by_group(processes_in(boost::json::parse(R"([
        {"group":"a","name":"a","statename":"RUNNING","pid":7,"spawnerr":""},
        {"group":"b","name":"b","statename":"EXITED","pid":0,"spawnerr":"","exitstatus":0},
        {"group":"c","name":"c","statename":"EXITED","pid":0,"spawnerr":"Bad exit code 3","exitstatus":3},
        {"group":"d","name":"d","statename":"BACKOFF","pid":0,"spawnerr":"Exited too quickly"},
        {"group":"e","name":"e","statename":"STOPPED","pid":0,"spawnerr":"Bad exit code 3"},
        {"group":"w","name":"w_0","statename":"RUNNING","pid":8},{"group":"w","name":"w_1","statename":"STARTING","pid":9},
        {"name":"x","statename":"RUNNING"}, {"group":"y","statename":"DANCING"}, 5])")));
    CHECK(all.size() == 6);
    CHECK(all.at("a") == service_state{.phase = service_phase::running, .detail = "RUNNING", .pids = {7}});
    CHECK(all.at("b").phase == service_phase::finished);
    CHECK(all.at("c") == service_state{.phase = service_phase::failed, .detail = "EXITED Bad exit code 3"});
    CHECK(all.at("d").detail == "BACKOFF Exited too quickly");
    CHECK(all.at("e").phase == service_phase::stopped);
    CHECK(all.at("w").phase == service_phase::starting);
    CHECK(all.at("w").pids == std::vector<pid_t>{8, 9});
}

TEST_CASE("a changed configuration is told by group, and anything else means no change", "[host]")
{
    const config_changes found = changes_in(boost::json::parse(R"([[["new"],["other"],["gone",1]]])"));
    CHECK(found.added == std::vector<std::string>{"new"});
    CHECK(found.changed == std::vector<std::string>{"other"});
    CHECK(found.removed == std::vector<std::string>{"gone"});
    CHECK(changes_in(boost::json::parse("[]")).added.empty());
    CHECK(changes_in(boost::json::parse("[[[]]]")).removed.empty());
}
