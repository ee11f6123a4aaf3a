package akin

// Prices are list prices in US dollars, before free tiers and taxes.
type prices struct {
	Region string `json:"region"`
	Date   string `json:"date"` // since when they hold, as far as known here
	Source string `json:"source"`

	ReadUnits    float64 `json:"readUnits"`    // a million read request units on demand
	WriteUnits   float64 `json:"writeUnits"`   // a million write request units on demand
	Storage      float64 `json:"storage"`      // a GB of table and of point-in-time recovery, a month
	Requests     float64 `json:"requests"`     // a million requests to an HTTP API
	Invocations  float64 `json:"invocations"`  // a million invocations of a Lambda function
	LambdaGB     float64 `json:"lambdaGB"`     // a million GB seconds on arm64
	Transitions  float64 `json:"transitions"`  // a million steps of a standard state machine
	Events       float64 `json:"events"`       // a million events of 64 KB put on a bus
	LogsIngested float64 `json:"logsIngested"` // a GB of logs
}

// listPrices are those that akin cost calculates with. Those of DynamoDB are from
// the reduction of November 2024; look the others up before relying on them.
var listPrices = prices{
	Region: "us-east-1",
	Date:   "2024-11",
	Source: "aws.amazon.com, pricing pages of DynamoDB, API Gateway, Lambda, Step Functions, EventBridge and CloudWatch",

	ReadUnits:    0.125,
	WriteUnits:   0.625,
	Storage:      0.25 + 0.20,
	Requests:     1.00,
	Invocations:  0.20,
	LambdaGB:     13.3334,
	Transitions:  25,
	Events:       1.00,
	LogsIngested: 0.50,
}

// What no store can count is assumed: memory and time of the functions as
// template.yaml deploys them, and what a request logs.
const (
	viewGBSeconds    = 0.5 * 0.008 // 512 MB for 8 ms
	publishGBSeconds = 0.5*0.050 + 2*0.3
	shardGBSeconds   = 3 * 0.002  // an item's list in a rebuild
	loadGBSeconds    = 3 * 0.0005 // an item's terms read by a step of a rebuild
	tellGBSeconds    = 2 * 0.15   // a publish that is told
	tickGBSeconds    = 2 * 0.02   // a minute in which nothing is to be told
	lookGBSeconds    = 2 * 0.0015 // an item's list at a look at all
	logBytes         = 300
)

// daysAMonth are those that clocks run in a month.
const daysAMonth = 30

// rebuildShards is how many parts a rebuild on AWS is measured in.
const rebuildShards = 8
