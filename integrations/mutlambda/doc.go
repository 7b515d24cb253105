// Package mutlambda traces AWS Lambda functions. One line of main changes:
//
//	lambda.Start(mutlambda.Wrap(handle))
//
// Lambda freezes a process as soon as it has answered, and kills it without notice.
// So each invocation delivers its spans before it answers: what a handler recorded
// is at MutagenT when its caller has the response.
//
// A function that calls log.Fatal or os.Exit ends before anything can be delivered;
// [mutagent.Exit] ends it after.
package mutlambda
