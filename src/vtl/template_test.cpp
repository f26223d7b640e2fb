#include "vtl/template.h"

#include <gtest/gtest.h>

#include "vtl/test_inputs.h"

namespace pinflow::vtl {
namespace {

constexpr std::string_view put_record = R"v({
  "StreamName": "$input.params('stream-name')",
  "Data": "$util.base64Encode($input.json('$.Data'))",
  "PartitionKey": "$input.path('$.PartitionKey')"
})v";
constexpr std::string_view put_records = R"v({"Records": [
#foreach($elem in $input.path('$.records'))
  {"Data": "$util.base64Encode($elem.data)", "PartitionKey": "$elem.partition-key"}#if($foreach.hasNext),#end
#end
]})v";
constexpr std::string_view create =
    R"v({"ShardCount": #if($input.path('$.ShardCount') == '') 5 #else $input.path('$.ShardCount') #end})v";
// The service's own template for a method's request, as its console offers it.
constexpr std::string_view passthrough = R"v(##  See the reference
#set($allParams = $input.params())
{
"body-json" : $input.json('$'),
"params" : {
#foreach($type in $allParams.keySet())
    #set($params = $allParams.get($type))
"$type" : {
    #foreach($paramName in $params.keySet())
    "$paramName" : "$util.escapeJavaScript($params.get($paramName))"
        #if($foreach.hasNext),#end
    #end
}
    #if($foreach.hasNext),#end
#end
},
"stage-variables" : {
#foreach($key in $stageVariables.keySet())
"$key" : "$util.escapeJavaScript($stageVariables.get($key))"
    #if($foreach.hasNext),#end
#end
},
"context" : { "request-id" : "$context.requestId", "none" : "$context.identity.cognitoIdentityId" }
})v";

std::string compact(const std::string& json) {
    const auto tree = parse_json_tree(json, {});
    return tree ? tree->compact() : "NOT JSON: " + json;
}

TEST(Template, TheTutorialsForKinesis) {
    GivenInputs inputs;
    inputs.path.set("stream-name", Json("s"));
    EXPECT_EQ(compact(made(put_record, R"v({"Data": {"a": [1, "x"]}, "PartitionKey": "p"})v", inputs)),
              R"v({"StreamName":"s","Data":"eyJhIjpbMSwieCJdfQ==","PartitionKey":"p"})v");
    EXPECT_EQ(compact(made(put_record, R"v({"Data": "t"})v", inputs)),
              R"v({"StreamName":"s","Data":"InQi","PartitionKey":""})v");
    EXPECT_EQ(compact(made(put_record, "", inputs)), R"v({"StreamName":"s","Data":"IiI=","PartitionKey":""})v");
    EXPECT_EQ(compact(made(put_records,
                           R"v({"records":[{"data":"a","partition-key":"1"},{"data":{"k":"v"},"partition-key":2}]})v")),
              R"v({"Records":[{"Data":"YQ==","PartitionKey":"1"},{"Data":"eyJrIjoidiJ9","PartitionKey":"2"}]})v");
    EXPECT_EQ(compact(made(put_records)), R"v({"Records":[]})v");
    EXPECT_EQ(compact(made(create)), R"v({"ShardCount":5})v");
    EXPECT_EQ(compact(made(create, R"v({"ShardCount":3})v")), R"v({"ShardCount":3})v");
    EXPECT_EQ(made(put_record, "not json", inputs).substr(0, 5), "!json");
}

TEST(Template, ThePassthroughOfTheConsole) {
    GivenInputs inputs;
    inputs.query.set("q", Json("a\"b"));
    inputs.query.set("r", Json("it's"));
    inputs.variables.set("v", Json("w"));
    EXPECT_EQ(compact(made(passthrough, R"v({"x":1})v", inputs)),
              R"v({"body-json":{"x":1},"params":{"path":{},"querystring":{"q":"a\"b","r":"it's"},"header":{}},)v"
              R"v("stage-variables":{"v":"w"},"context":{"request-id":"r-1","none":""}})v");
}

TEST(Template, References) {
    const std::string body = R"v({"a":{"b-c":[10,{"d":null}]},"t":"x"})v";
    EXPECT_EQ(made("$input.path('$.a').b-c[0]|$input.path('$').t|$input.path('$.a')|$input.path('$.none')|$none|$!none",
                   body),
              R"v(10|x|{"b-c":[10,{"d":null}]}|||)v");
    EXPECT_EQ(made("#set($v = 'y')${v}z $!{v}z $v.z $v. $ $5 \\$v a$v", body), "yz yz  y. $ $5 $v ay");
    EXPECT_EQ(made("$input.json('$.none')|$input.json('$.a')|$input.body", body),
              "\"\"|"
              R"v({"b-c":[10,{"d":null}]})v"
              "|" +
                  body);
    EXPECT_EQ(made("$input.body|$input.params('x')|$input.params('none')|", ""), "{}|||");
    EXPECT_EQ(made("#set($l = ['a', 2, {'k': true}])$l[1] $l.get(2).k $l.size() $l[9] $l"),
              R"v(2 true 3  ["a",2,{"k":true}])v");
    EXPECT_EQ(made("$list[abc] $l[]"), "[abc] []");
}

TEST(Template, Directives) {
    EXPECT_EQ(made("#if(false)a#elseif(1 == 2)b#{else}c#end d"), "c d");
    EXPECT_EQ(made("#if($none)a#end#if('')b#end#if(!$none && true)c#end#if(not false or $none)d#end"), "bcd");
    EXPECT_EQ(
        made("#foreach($i in [1..3])$i:$foreach.count:$foreach.index:$velocityCount#if($foreach.hasNext),#end#end"),
        "1:1:0:1,2:2:1:2,3:3:2:3");
    EXPECT_EQ(made("#foreach($i in [3..1])#if($i == 2)#break#end$i#end#stop x"), "3");
    EXPECT_EQ(made("#foreach($v in {'a': 1, 'b': 2})$v#end#foreach($v in 'text')$v#end"), "12");
    EXPECT_EQ(made("a ## comment\nb #* c\n #if( *# d #[[ $x #if ]]# e"), "a b  d  $x #if  e");
    EXPECT_EQ(made("#set( $a = 1 )  \n#if($a==1)\nx\n#end\ny"), "x\ny");
    EXPECT_EQ(made("#foo # #5 C# \\#if"), "#foo # #5 C# #if");
}

TEST(Template, Expressions) {
    EXPECT_EQ(made("#set($x = 1 + 2 * 3 - 4 / 2)$x #set($y = -7 % 4)$y #set($z = (1 + 2) * 3.5)$z"), "5 -3 10.5");
    EXPECT_EQ(
        made(R"v(#set($n = 'w')#set($x = "a$n$input.path('$.k')")$x #set($y = 'a$n')$y #set($z = 'it''s' + 1)$z)v",
             R"v({"k":1})v"),
        "aw1 a$n it's1");
    EXPECT_EQ(made("#if(1 == 1.0)a#end#if('5' > 4)b#end#if('x' != 'y')c#end#if('5' == 5)d#end#if($none == '')e#end"),
              "abcde");
    EXPECT_EQ(made("#if(2 le 2 and 3 gt 2)a#end#if(1 lt 1 or 2 ne 2)b#end#if(3 >= 3)c#end"), "ac");
    EXPECT_EQ(made("#set($x = 5 / 0)[$x]#set($x = 9223372036854775807 + 1)[$x]"), "[][]");
}

TEST(Template, Methods) {
    EXPECT_EQ(made("$input.path('$.t').length() $input.path('$.t').substring(1, 3) $input.path('$.t').toUpperCase()",
                   R"v({"t":"abcd"})v"),
              "4 bc ABCD");
    // As in Java, where a character beyond the first 65,536 is two.
    EXPECT_EQ(made("#set($t = $input.path('$.t'))$t.length() $t.substring(1) $t.substring(0, 2) $t.indexOf('b')",
                   R"v({"t":"äö😀b"})v"),
              "5 ö😀b äö 4");
    EXPECT_EQ(made("#set($t = 'ä😀')[$t.substring(2)][$t.substring(3)][$t.substring(1, 1)]"), "[😀][][]");
    EXPECT_EQ(made("#set($t = 'ä')$t.substring(2)").substr(0, 1), "!");
    EXPECT_EQ(made("#set($t = 'ä')$t.substring(-1)").substr(0, 1), "!");
    EXPECT_EQ(made(R"v(#set($t = "a\'b")$t.replaceAll("\\'", "'") $t.replace("a", "x"))v"), R"v(a'b x\'b)v");
    EXPECT_EQ(made("#foreach($p in 'a,b,,c,,'.split(',')) $p#end"), "line 1: ) is missing");
    EXPECT_EQ(made("#set($t = 'a,b,,c,,')#foreach($p in $t.split(','))[$p]#end $t.matches('[a-c,]+')"),
              "[a][b][][c] true");
    EXPECT_EQ(made("#foreach($e in $input.path('$').entrySet())$e.key=$e.value;#end", R"v({"a":1,"b":"x"})v"),
              "a=1;b=x;");
    EXPECT_EQ(made("$util.urlEncode('a b/ä+') $util.urlDecode('a+b%2F') $util.base64Decode('YQ==') "
                   "$util.parseJson('{\"a\":[1]}').a[0] $util.escapeJavaScript('\"\\')"),
              R"v(a+b%2F%C3%A4%2B a b/ a 1 \"\\)v");
    EXPECT_EQ(made("$util.base64Decode('%')").substr(0, 2), "! ");
    EXPECT_EQ(made("$input.path('$.x').size()$input.path('$.t').keySet()", R"v({"t":"a"})v"), "");
}

// What java.net.URLEncoder's contract says of each character of ASCII.
TEST(Template, UrlEncodingOfTheWholeOfAscii) {
    std::string body = R"({"t":")", encoded;
    for (int code = 0; code < 0x80; ++code) {
        body += fmt::format("\\u{:04x}", code);
        const char c = static_cast<char>(code);
        if (std::isalnum(code) != 0 || std::string_view(".-*_").contains(c))
            encoded += c;
        else
            encoded += c == ' ' ? "+" : fmt::format("%{:02X}", code);
    }
    EXPECT_EQ(made("$util.urlEncode($input.path('$.t'))", body + "\"}"), encoded);
}

TEST(Template, WhatIsNotThereIsFoundWhenItIsRead) {
    const std::vector<std::pair<std::string_view, std::string_view>> cases = {
        {"#if(true)", "line 1: an #if has no #end"},
        {"a\n#end", "line 2: #end, #else or #elseif without"},
        {"#foreach($x in [1])#else#end", "belong to an #if"},
        {"#set($input.x = 1)", "only variables"},
        {"#set($context.requestOverride.header.a = 'x')", "only variables"},
        {"#set($x 1)", "= is missing"},
        {"#set($x = )", "a value is missing"},
        {"#set($x = 'a)", "a text is not closed"},
        {"#define($x)#end", "#define is not there"},
        {"#include('/etc/passwd')", "#include is not there"},
        {"#break", "outside of #foreach"},
        {"$input.path('a')", "JSONPath a: it begins with $"},
        {"$input.path('$.a[?(@.b)]')", "filters and slices"},
        {"$input.xml('$')", "$input.xml is not there"},
        {"$util.time()", "$util.time is not there"},
        {"$util.urlEncode()", "wants one argument"},
        {"$x.getClass().forName('java.lang.Runtime')", "there is no method getClass"},
        {"$list.add(1)", "there is no method add"},
        {"${x", "is not closed"},
        {"#* x", "*# is missing"},
    };
    for (const auto& [text, message] : cases) EXPECT_TRUE(made(text).contains(message)) << text << ": " << made(text);
}

}  // namespace
}  // namespace pinflow::vtl
