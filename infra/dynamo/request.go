package dynamo

// What requests and answers hold, by the names that DynamoDB's documentation
// gives them, as far as a [Store] needs it.

// A value is an attribute of one of three types; the others are read as none of
// them.
type value struct {
	S string  `json:",omitempty"`
	N string  `json:",omitempty"` // decimal digits
	B *[]byte `json:",omitempty"`
}

// An item is a row as DynamoDB has it, or the keys of one; what it lacks is nil.
type item struct {
	PK *value `json:"pk,omitempty"`
	SK *value `json:"sk,omitempty"`
	R  *value `json:"r,omitempty"`
	D  *value `json:"d,omitempty"`
	X  *value `json:"x,omitempty"`
}

// values are those that an expression names, ":p" and the like.
type values map[string]*value

type capacity struct{ CapacityUnits float64 }

type getItem struct {
	TableName              string
	Key                    item
	ConsistentRead         bool
	ReturnConsumedCapacity string `json:",omitempty"`
}

type gotItem struct {
	Item             *item
	ConsumedCapacity *capacity
}

type keys struct {
	Keys           []item
	ConsistentRead bool
}

type batchGetItem struct {
	RequestItems           map[string]keys
	ReturnConsumedCapacity string `json:",omitempty"`
}

type batchGotItem struct {
	Responses        map[string][]item
	UnprocessedKeys  map[string]keys
	ConsumedCapacity []capacity
}

type query struct {
	TableName                 string
	KeyConditionExpression    string
	ExpressionAttributeValues values
	ConsistentRead            bool
	ScanIndexForward          bool
	Limit                     int    `json:",omitempty"`
	ExclusiveStartKey         *item  `json:",omitempty"`
	ReturnConsumedCapacity    string `json:",omitempty"`
}

type queried struct {
	Items            []item
	LastEvaluatedKey *item
	ConsumedCapacity *capacity
}

// A write is the request of a PutItem, which has an Item, or of a DeleteItem,
// which has a Key; or either, or a check of a Key, within a transaction.
type write struct {
	TableName                           string
	Item                                *item  `json:",omitempty"`
	Key                                 *item  `json:",omitempty"`
	ConditionExpression                 string `json:",omitempty"`
	ExpressionAttributeValues           values `json:",omitempty"`
	ReturnConsumedCapacity              string `json:",omitempty"`
	ReturnValuesOnConditionCheckFailure string `json:",omitempty"`
}

type wrote struct{ ConsumedCapacity *capacity }

type transactItem struct {
	Put            *write `json:",omitempty"`
	Delete         *write `json:",omitempty"`
	ConditionCheck *write `json:",omitempty"`
}

type transactWriteItems struct {
	ClientRequestToken     string
	TransactItems          []transactItem
	ReturnConsumedCapacity string `json:",omitempty"`
}

type writeRequest struct {
	PutRequest    *putRequest    `json:",omitempty"`
	DeleteRequest *deleteRequest `json:",omitempty"`
}

type (
	putRequest    struct{ Item item }
	deleteRequest struct{ Key item }
)

type batchWriteItem struct {
	RequestItems           map[string][]writeRequest
	ReturnConsumedCapacity string `json:",omitempty"`
}

// batchWrote is the answer to a BatchWriteItem and to a TransactWriteItems,
// which processes all or nothing.
type batchWrote struct {
	UnprocessedItems map[string][]writeRequest
	ConsumedCapacity []capacity
}

// A tableName is all that a request to describe a table says.
type tableName struct{ TableName string }

type createTable struct {
	TableName            string
	BillingMode          string
	AttributeDefinitions []attribute
	KeySchema            []keyElement
	StreamSpecification  stream
}

type (
	attribute  struct{ AttributeName, AttributeType string }
	keyElement struct{ AttributeName, KeyType string }
	stream     struct {
		StreamEnabled  bool
		StreamViewType string
	}
)

type describedTable struct{ Table table }

type table struct {
	TableStatus               string
	AttributeDefinitions      []attribute
	KeySchema                 []keyElement
	StreamSpecification       *stream
	DeletionProtectionEnabled bool
	SSEDescription            struct{ Status string }
	BillingModeSummary        struct{ BillingMode string }
}

type describedTimeToLive struct {
	TimeToLiveDescription struct{ TimeToLiveStatus, AttributeName string }
}

type updateTimeToLive struct {
	TableName               string
	TimeToLiveSpecification timeToLive
}

type timeToLive struct {
	AttributeName string
	Enabled       bool
}

type describedBackups struct {
	ContinuousBackupsDescription struct {
		PointInTimeRecoveryDescription struct{ PointInTimeRecoveryStatus string }
	}
}
