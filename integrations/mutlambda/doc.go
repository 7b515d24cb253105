// Package mutlambda traces AWS Lambda functions. One line of main changes:
//
//	lambda.Start(mutlambda.Wrap(handle))
//
// Lambda freezes a process as soon as it has answered, and kills it without notice.
// Each invocation therefore delivers its spans before it answers: MutagenT has the
// spans of a handler when the caller gets the response.
//
// A function that calls log.Fatal or os.Exit ends before anything can be delivered;
// [mutagent.Exit] delivers first.
package mutlambda
